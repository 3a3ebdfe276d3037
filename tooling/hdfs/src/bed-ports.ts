import type { DataNodePorts, WebAndRpcPorts } from "./configuration.ts";
import { freePorts } from "./ports.ts";

/** The ports of all roles of a bed. */
export interface BedPorts {
  /** One, or the two of a pair. */
  readonly nameNodes: readonly WebAndRpcPorts[];
  /** Of a pair only. */
  readonly journalNode: WebAndRpcPorts | undefined;
  readonly dataNodes: readonly DataNodePorts[];
}

/** Finds free ports for all roles. */
export async function findBedPorts(dataNodes: number, isPair: boolean): Promise<BedPorts> {
  const ports = (await freePorts((isPair ? 6 : 2) + 3 * dataNodes)).values();
  const next = (): number => ports.next().value as number;
  const pair = (): WebAndRpcPorts => ({ rpc: next(), http: next() });
  return {
    nameNodes: isPair ? [pair(), pair()] : [pair()],
    journalNode: isPair ? pair() : undefined,
    dataNodes: Array.from({ length: dataNodes }, () => ({ data: next(), ipc: next(), http: next() })),
  };
}
