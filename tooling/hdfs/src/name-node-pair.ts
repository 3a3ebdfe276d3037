import assert from "node:assert";
import { isSewerError } from "@sewer/core";
import { nameNodeId, nameservice } from "./configuration.ts";
import { nameNodeState } from "./readiness.ts";
import type { Role } from "./role.ts";
import type { ToolServer } from "./tool-server.ts";

/** What a NameNode answers that listens for HTTP already, and not yet, or not yet quite, for RPC. */
const starting = /Connection refused|NameNode still not started/;

/** Two NameNodes, one of them active. Nothing happens by itself: a test says who takes over, and when. */
export class NameNodePair {
  readonly #nameNodes: readonly Role[];
  readonly #tools: ToolServer;
  #active: Role | undefined;

  constructor(nameNodes: readonly Role[], tools: ToolServer) {
    this.#nameNodes = nameNodes;
    this.#tools = tools;
  }

  /** The one made active last. A paused or dead one remains it until another one takes over. */
  get active(): Role {
    assert(this.#active !== undefined, "no NameNode was made active");
    return this.#active;
  }

  /** The other one. */
  get standby(): Role {
    return this.#nameNodes.find((nameNode) => nameNode !== this.active) as Role;
  }

  /** Whether a NameNode takes itself for the active one: after a pause that may be wrong. False when it does not answer. */
  async isActive(nameNode: Role): Promise<boolean> {
    return (await nameNodeState(nameNode.httpUrl)) === "active";
  }

  /**
   * Makes the standby active. An active one that runs is made standby before; one that is paused or dead is
   * passed over and learns of it from the JournalNode, at its next write.
   */
  async failover(): Promise<void> {
    const { active, standby } = this;
    if (active.state === "running") await this.transitionToStandby(active);
    await this.transitionToActive(standby);
  }

  /** Makes a NameNode active, whatever the other one is. It ends the other one's right to write. */
  async transitionToActive(nameNode: Role): Promise<void> {
    await this.#haAdmin(nameNode, "-transitionToActive", "--forceactive");
    this.#active = nameNode;
  }

  /** Makes a NameNode standby. */
  async transitionToStandby(nameNode: Role): Promise<void> {
    await this.#haAdmin(nameNode, "-transitionToStandby");
  }

  async #haAdmin(nameNode: Role, ...order: readonly string[]): Promise<void> {
    const id = nameNodeId(this.#nameNodes.indexOf(nameNode));
    const toolArguments = ["-ns", nameservice, ...order, id];
    await nameNode.waitUntil(async () => {
      try {
        await this.#tools.run("org.apache.hadoop.hdfs.tools.DFSHAAdmin", toolArguments);
        return true;
      } catch (error) {
        if (isSewerError(error) && starting.test(error.message)) return false;
        throw error;
      }
    });
  }
}
