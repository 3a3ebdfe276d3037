import { readBean } from "./jmx.ts";

/** True when somebody speaks HTTP there. */
export async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}

/** True when a NameNode is out of safe mode and counts so many DataNodes as alive. Without any it only has to answer. */
export async function isNameNodeReady(httpUrl: string, dataNodes: number): Promise<boolean> {
  const bean = await readBean(httpUrl, "Hadoop:service=NameNode,name=FSNamesystemState");
  if (bean === undefined || dataNodes === 0) return bean !== undefined;
  return bean["FSState"] === "Operational" && Number(bean["NumLiveDataNodes"]) >= dataNodes;
}

/** What a NameNode of a pair is by its own account: `active`, `standby`; undefined when it does not say. */
export async function nameNodeState(httpUrl: string): Promise<string | undefined> {
  const bean = await readBean(httpUrl, "Hadoop:service=NameNode,name=NameNodeStatus");
  const state = bean?.["State"];
  return typeof state === "string" ? state : undefined;
}

/** True when each of the NameNodes, given by their RPC ports, has taken a DataNode in. */
export async function isRegistered(httpUrl: string, rpcPorts: readonly number[]): Promise<boolean> {
  const bean = await readBean(httpUrl, "Hadoop:service=DataNode,name=DataNodeInfo");
  const text = bean?.["BPServiceActorInfo"];
  if (typeof text !== "string") return false;
  const actors = JSON.parse(text) as { ActorState?: string; NamenodeAddress?: string }[];
  return rpcPorts.every((port) =>
    actors.some(
      ({ ActorState, NamenodeAddress }) => ActorState === "RUNNING" && NamenodeAddress?.endsWith(`:${port}`),
    ),
  );
}
