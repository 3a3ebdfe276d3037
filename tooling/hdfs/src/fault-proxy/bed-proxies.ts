import type { Hdfs } from "../hdfs.ts";
import { FaultProxy, type FaultProxyOptions } from "./fault-proxy.ts";

/** A fault proxy before every NameNode and DataNode of a bed, which are reached through these alone. */
export class BedProxies {
  /** In the order of `hdfs.nameNodes`. */
  readonly nameNodes: readonly FaultProxy[];
  /** In the order of `hdfs.dataNodes`. */
  readonly dataNodes: readonly FaultProxy[];
  /** For a client, in place of `hdfs.namenodeUrls`. */
  readonly namenodeUrls: readonly string[];
  /** Where a client has to dial the DataNode that a Location names: `host:port` to `host:port`. */
  readonly datanodeMap: Readonly<Record<string, string>>;

  private constructor(hdfs: Hdfs, nameNodes: readonly FaultProxy[], dataNodes: readonly FaultProxy[]) {
    this.nameNodes = nameNodes;
    this.dataNodes = dataNodes;
    this.namenodeUrls = nameNodes.map(({ url }) => url);
    this.datanodeMap = Object.fromEntries(
      hdfs.dataNodes.map(({ httpUrl }, index) => [
        new URL(httpUrl).host,
        dataNodes[index]?.address as string,
      ]),
    );
  }

  /** Starts them all. */
  static async start(hdfs: Hdfs, options: FaultProxyOptions = {}): Promise<BedProxies> {
    const before = (roles: readonly { readonly httpUrl: string }[]): Promise<FaultProxy[]> =>
      Promise.all(roles.map(({ httpUrl }) => FaultProxy.start(httpUrl, options)));
    return new BedProxies(hdfs, await before(hdfs.nameNodes), await before(hdfs.dataNodes));
  }

  /** Drops all faults of all of them; what is held goes on. */
  clear(): void {
    for (const proxy of [...this.nameNodes, ...this.dataNodes]) proxy.clear();
  }

  /** Ends them all. */
  async close(): Promise<void> {
    await Promise.all([...this.nameNodes, ...this.dataNodes].map((proxy) => proxy.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
