import { SewerError } from "@sewer/core";
import { testbedErrors } from "./errors.ts";
import { readBean } from "./jmx.ts";

/** A DataNode as the NameNode sees it. */
export interface LiveDataNode {
  /** Where it takes blocks: `127.0.0.1:PORT`, which `excludedatanodes` takes. */
  readonly dataAddress: string;
  /** Where it takes files over WebHDFS: `127.0.0.1:PORT`. */
  readonly httpAddress: string;
  readonly blocks: number;
  /** Bytes that may still be written. */
  readonly remainingBytes: number;
}

/** What an {@link HdfsAdmin} works with. */
export interface HdfsAdminOptions {
  readonly dfsAdmin: (...toolArguments: readonly string[]) => Promise<string>;
  /** URL and `hdfs://` URI of the active NameNode. */
  readonly active: () => { readonly url: string; readonly fsUri: string };
}

/** What an administrator does on the cluster: with the active NameNode, in milliseconds. */
export class HdfsAdmin {
  readonly #options: HdfsAdminOptions;

  /** @internal */
  constructor(options: HdfsAdminOptions) {
    this.#options = options;
  }

  /** From now on the NameNode refuses every change, until {@link leaveSafeMode}. */
  async enterSafeMode(): Promise<void> {
    await this.#dfsAdmin("-safemode", "enter");
  }

  /** Ends safe mode, also the one of a start that waits for DataNodes. */
  async leaveSafeMode(): Promise<void> {
    await this.#dfsAdmin("-safemode", "forceExit");
  }

  /** Whether it refuses changes now. */
  async isInSafeMode(): Promise<boolean> {
    return (await this.#dfsAdmin("-safemode", "get")).includes("Safe mode is ON");
  }

  /** How many files and directories there may be, the directory itself among them. `null`: any number. */
  async setNameQuota(directory: string, names: number | null): Promise<void> {
    if (names === null) await this.#dfsAdmin("-clrQuota", directory);
    else await this.#dfsAdmin("-setQuota", String(names), directory);
  }

  /**
   * How many bytes all replicas may take. `null`: any number. To begin a block takes its whole size, times the
   * replication, whatever becomes of it.
   */
  async setSpaceQuota(directory: string, bytes: number | null): Promise<void> {
    if (bytes === null) await this.#dfsAdmin("-clrSpaceQuota", directory);
    else await this.#dfsAdmin("-setSpaceQuota", String(bytes), directory);
  }

  /** The DataNodes that count as alive. One that was killed does so for 12 s more. */
  async liveDataNodes(): Promise<LiveDataNode[]> {
    const bean = await readBean(this.#options.active().url, "Hadoop:service=NameNode,name=NameNodeInfo");
    const text = bean?.["LiveNodes"];
    if (typeof text !== "string") throw new SewerError(testbedErrors.state, "The NameNode does not answer.");
    const nodes = JSON.parse(text) as Record<string, LiveNode>;
    return Object.values(nodes).map((node) => ({
      dataAddress: node.xferaddr,
      httpAddress: node.infoAddr,
      blocks: node.numBlocks,
      remainingBytes: node.remaining,
    }));
  }

  async #dfsAdmin(...toolArguments: readonly string[]): Promise<string> {
    return this.#options.dfsAdmin("-fs", this.#options.active().fsUri, ...toolArguments);
  }
}

interface LiveNode {
  readonly xferaddr: string;
  readonly infoAddr: string;
  readonly numBlocks: number;
  readonly remaining: number;
}
