import { isSewerError, type Clock } from "@sewer/core";
import { parseLiveNodes, type LiveNode } from "./messages.ts";
import type { NameNodes } from "./namenodes.ts";

/** How old the list may be. A large cluster's has megabytes. */
const maxAgeMs = 10_000;

/** The DataNodes as a NameNode's JMX knows them, read when somebody asks. */
export class LiveNodes {
  readonly #nameNodes: NameNodes;
  readonly #clock: Clock;
  #nodes: readonly LiveNode[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(nameNodes: NameNodes, clock: Clock) {
    this.#nameNodes = nameNodes;
    this.#clock = clock;
  }

  /** The list of `nameNode`; empty where its JMX says nothing, as that of HttpFS or one for administrators only. */
  async list(nameNode: URL, signal: AbortSignal): Promise<readonly LiveNode[]> {
    if (this.#clock.monotonic() - this.#readAt < maxAgeMs) return this.#nodes;
    this.#nodes = await this.#read(nameNode, signal);
    this.#readAt = this.#clock.monotonic();
    return this.#nodes;
  }

  async #read(nameNode: URL, signal: AbortSignal): Promise<readonly LiveNode[]> {
    try {
      const target = "/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo";
      return parseLiveNodes(await this.#nameNodes.page(nameNode, target, signal));
    } catch (error) {
      signal.throwIfAborted();
      // It is a help only: without it the port is refused, or the DataNode excluded by its address.
      if (isSewerError(error)) return [];
      throw error;
    }
  }
}
