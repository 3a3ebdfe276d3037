import { SewerError, type Clock } from "@sewer/core";
import { hdfsErrors } from "../errors.ts";
import { portOf, type DataNodeMap } from "./datanode-map.ts";
import { DataNodeExclusions } from "./exclusions.ts";
import { LiveNodes } from "./live-nodes.ts";
import { parseLocation } from "./messages.ts";
import type { NameNodeAnswer, NameNodeOperation, NameNodes } from "./namenodes.ts";
import { checkRedirect, type DataNodeLocation } from "./redirect.ts";

/** The ports that Hadoop 3 and 2 give to DataNodes: HTTP and HTTPS. */
const defaultPorts: readonly number[] = [9864, 9865, 50_075, 50_475];

/** What {@link DataNodes} is made of. */
export interface DataNodesOptions {
  readonly nameNodes: NameNodes;
  readonly clock: Clock;
  readonly datanodeMap: DataNodeMap;
  readonly datanodePorts: readonly number[];
}

/** Finds a DataNode for an operation: asks a NameNode for one, without those that failed lately, and checks it. */
export class DataNodes {
  readonly #nameNodes: NameNodes;
  readonly #map: DataNodeMap;
  /** Ports of DataNodes; at most 65,535. */
  readonly #ports: Set<number>;
  readonly #liveNodes: LiveNodes;
  readonly #exclusions: DataNodeExclusions;

  constructor({ nameNodes, clock, datanodeMap, datanodePorts }: DataNodesOptions) {
    this.#nameNodes = nameNodes;
    this.#map = datanodeMap;
    this.#ports = new Set([...defaultPorts, ...datanodePorts]);
    this.#liveNodes = new LiveNodes(nameNodes, clock);
    this.#exclusions = new DataNodeExclusions(clock);
  }

  /** Asks for an operation that a NameNode redirects. When no DataNode but those that failed is left, they will do. */
  async ask(operation: NameNodeOperation, signal: AbortSignal): Promise<NameNodeAnswer> {
    if (!this.#exclusions.hasAny) return this.#nameNodes.ask(operation, signal);
    const excludedatanodes = await this.#exclusions.parameter(() =>
      this.#liveNodes.list(this.#nameNodes.current, signal),
    );
    if (excludedatanodes === "") return this.#nameNodes.ask(operation, signal);
    const parameters = { ...operation.parameters, excludedatanodes };
    try {
      return await this.#nameNodes.ask({ ...operation, parameters }, signal);
    } catch (error) {
      if (!(error instanceof SewerError) || error.code !== hdfsErrors.noDataNode) throw error;
      this.#exclusions.clear();
      return this.#nameNodes.ask(operation, signal);
    }
  }

  /** The DataNode that an answer leads to. @throws SewerError `SEWER_HDFS_REDIRECT`. */
  async locationOf(
    { nameNode, location, body }: NameNodeAnswer,
    { op, path }: NameNodeOperation,
    signal: AbortSignal,
  ): Promise<DataNodeLocation> {
    // With noredirect=true set by its configuration, a NameNode puts the location into the body.
    const found = location ?? parseLocation(body);
    if (found !== undefined && URL.canParse(found)) await this.#learnPorts(nameNode, new URL(found), signal);
    const isPortAllowed = (port: number): boolean => this.#ports.has(port);
    return checkRedirect(found, { nameNode, op, path, map: this.#map, isPortAllowed });
  }

  /** To be told of what an operation at a DataNode ended with. */
  noteFailure({ url }: DataNodeLocation, error: unknown): void {
    if (error instanceof SewerError && error.code === hdfsErrors.dataNode) this.#exclusions.add(url);
  }

  /** Clusters may have ports of their own: the NameNode that redirects there then lists them, too. */
  async #learnPorts(nameNode: URL, dataNode: URL, signal: AbortSignal): Promise<void> {
    if (this.#ports.has(portOf(dataNode)) || dataNode.host === nameNode.host) return;
    for (const { infoAddr, infoSecureAddr } of await this.#liveNodes.list(nameNode, signal)) {
      for (const info of [infoAddr, infoSecureAddr]) {
        const port = Number(/:(\d+)$/.exec(info)?.[1] ?? 0);
        if (port > 0) this.#ports.add(port);
      }
    }
  }
}
