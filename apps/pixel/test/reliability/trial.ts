import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BedProxies, type ArmedFault, type DirectoryWatch, type FaultProxy } from "@sewer/hdfs-testbed";
import type { Fault as ProxyFault, Hdfs, RequestMatch, Role, SeenRequest } from "@sewer/hdfs-testbed";
import type { Random } from "@sewer/core";
import { eventually } from "../support/eventually.ts";
import type { Fault } from "./fault.ts";
import { mend } from "./mend.ts";
import { PixelServer } from "./pixel-server.ts";

/** Anything that is waited for has to come within this. Against hanging only. */
const waitMsMax = 120_000;

/** What a {@link Trial} is made of. */
export interface TrialOptions {
  readonly fault: Fault;
  readonly hdfs: Hdfs;
  /** Tells the events of one trial from those of all others. */
  readonly number: number;
  readonly random: Random;
}

/** A fault that waits at several proxies, or is being done. */
export interface Armed {
  /** Settles with the first request that it strikes. */
  readonly hit: () => Promise<SeenRequest>;
  /** Lets go what is held; strikes no more. */
  readonly release: () => void;
}

/** Time limits short enough to be met in a test. An attempt that they end is made again, so a slow machine may. */
const limits = {
  nameNodeConnect: "3s",
  nameNodeAnswer: "4s",
  dataNodeConnect: "3s",
  dataNodeContinue: "4s",
  stall: "4s",
  commit: "10s",
  upload: "30s",
  cleanup: "2s",
};

/** One fault on its way: a directory in HDFS, a server that writes there through proxies, a reader who looks on. */
export class Trial {
  readonly fault: Fault;
  readonly hdfs: Hdfs;
  readonly proxies: BedProxies;
  readonly random: Random;
  /** All that this trial has in HDFS. */
  readonly root: string;
  /** Where `main` writes. */
  readonly out: string;
  readonly server: PixelServer;
  /** More servers, which a fault has started. */
  readonly otherServers: PixelServer[] = [];
  /** What the reader saw. */
  readonly watch: DirectoryWatch;
  /** Files and directories that the fault has put into HDFS; no part of what was delivered. */
  readonly planted = new Set<string>();
  /** Files that a consumer has deleted: their length by their id. */
  readonly consumed = new Map<number, number>();
  readonly #dir: string;
  readonly #number: number;

  private constructor(options: TrialOptions, dir: string, proxies: BedProxies) {
    const { fault, hdfs, number, random } = options;
    this.fault = fault;
    this.hdfs = hdfs;
    this.random = random;
    this.proxies = proxies;
    this.root = `/trials/${fault.name.replaceAll(/[^A-Za-z0-9]+/g, "-")}`;
    this.out = `${this.root}/out`;
    this.#dir = dir;
    this.#number = number;
    this.server = this.newServer();
    this.watch = hdfs.files.watch(this.out, { everyMs: 5 });
  }

  /** Makes one ready: nothing runs yet. */
  static async create(options: TrialOptions): Promise<Trial> {
    const dir = await mkdtemp(join(tmpdir(), "sewer-trial-"));
    return new Trial(options, dir, await BedProxies.start(options.hdfs));
  }

  /** A server with this trial's sinks and a spool of its own. */
  newServer(): PixelServer {
    const { fault, otherServers, out } = this;
    const main = {
      type: "hdfs",
      namenodes: this.proxies.namenodeUrls,
      datanodeMap: this.proxies.datanodeMap,
      user: this.hdfs.user,
      path: `${out}/data-%{yyyyMMdd-HHmmss}`,
      replication: 1,
      // Small, so that a file has several.
      blockSize: "32KiB",
      // What waits in a DataNode for a NameNode is done some seconds after that is back.
      janitorDelay: fault.touches === "roles" ? "8s" : "1s",
      limits,
      // The more bytes there are to be cut.
      format: { compression: "none" },
      ...fault.sink,
    };
    const other = fault.otherSink?.(this);
    const index = this.server === undefined ? 0 : 1 + otherServers.length;
    const server = new PixelServer({
      dir: join(this.#dir, `server-${index}`),
      firstId: this.#number * 10_000_000 + index * 1_000_000,
      sinks: other === undefined ? { main } : { main, other: { ...main, ...other } },
    });
    if (index > 0) otherServers.push(server);
    return server;
  }

  /** All servers. */
  get servers(): readonly PixelServer[] {
    return [this.server, ...this.otherServers];
  }

  /** Uploads that were begun. */
  get attempts(): number {
    const seen = this.proxies.nameNodes.flatMap((proxy) => proxy.seen);
    return seen.filter(({ op }) => op === "CREATE").length;
  }

  /** Arms a fault at the proxies of all NameNodes. */
  atNameNodes(match: RequestMatch, fault: ProxyFault): Armed {
    return arm(this.proxies.nameNodes, match, fault);
  }

  /** Arms a fault at the proxies of all DataNodes. */
  atDataNodes(match: RequestMatch, fault: ProxyFault): Armed {
    return arm(this.proxies.dataNodes, match, fault);
  }

  /** SIGKILL to a role, whose port then refuses connections. */
  async kill(role: Role): Promise<void> {
    const proxy = this.proxyOf(role);
    await proxy.refuse();
    await role.kill();
    proxy.cutAll("rst");
  }

  proxyOf(role: Role): FaultProxy {
    const { nameNodes, dataNodes } = this.hdfs;
    const proxies = [...this.proxies.nameNodes, ...this.proxies.dataNodes];
    const proxy = proxies[[...nameNodes, ...dataNodes].indexOf(role)];
    if (proxy === undefined) throw new Error(`${role.name} has no proxy`);
    return proxy;
  }

  /** The DataNode that a request went to. */
  dataNodeOf(request: SeenRequest): Role {
    const index = this.proxies.dataNodes.findIndex(({ seen }) => seen.includes(request));
    const role = this.hdfs.dataNodes[index];
    if (role === undefined) throw new Error("no DataNode saw that request");
    return role;
  }

  /** Puts something that the sink must not touch into HDFS. */
  async plant(path: string, kind: "file" | "directory"): Promise<void> {
    this.planted.add(path);
    if (kind === "directory") await this.hdfs.files.mkdir(path);
    else await this.hdfs.files.write(path, "somebody else's");
  }

  /** Every role runs, every proxy passes on, the server is up. */
  async mend(): Promise<void> {
    this.proxies.clear();
    for (const proxy of [...this.proxies.nameNodes, ...this.proxies.dataNodes]) await proxy.accept();
    if (this.fault.touches === "roles") await mend(this.hdfs);
    if (!this.server.isUp) await this.server.start();
  }

  /** As an operator does who does not wait for the next attempt. */
  async restart(): Promise<void> {
    await this.server.stop();
    await this.server.start();
  }

  /** Waits for what is asked for, with a description of what is there instead. */
  async until<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
    let last = "";
    return eventually(
      async () => {
        const value = await probe();
        if (value === undefined && this.server.isUp) last = await this.#describe();
        return value;
      },
      { limitMs: waitMsMax, describe: () => `${this.fault.name}: ${what}; ${last}` },
    );
  }

  /** Waits until the sink has got `batches` more. */
  async delivered(batches: number, server = this.server): Promise<void> {
    const count = async (): Promise<number> => (await server.status()).sinks[0]?.delivered ?? 0;
    const goal = (await count()) + batches;
    await this.until(`${batches} more batches delivered`, async () =>
      (await count()) >= goal ? true : undefined,
    );
  }

  /** Waits for a failure of the sink `main` with such a code. */
  async failed(code: RegExp): Promise<void> {
    await this.until(`a failure ${code}`, async () => {
      const [main] = (await this.server.status()).sinks;
      return code.test(main?.lastFailure?.code ?? "") ? true : undefined;
    });
  }

  /** Waits until a sink of the server has put a batch into quarantine. */
  async quarantined(sink: "main" | "other"): Promise<void> {
    await this.until(`a batch in quarantine of ${sink}`, async () =>
      this.server.quarantined(sink).length > 0 ? true : undefined,
    );
  }

  /** Waits until there is a file at a path. */
  async there(path: string): Promise<void> {
    await this.until(`a file at ${path}`, async () =>
      (await this.hdfs.files.stat(path)) === undefined ? undefined : true,
    );
  }

  /** Waits until a temporary file has got its final name. */
  async renamed(temporary: string): Promise<void> {
    const name = temporary.slice(temporary.lastIndexOf("/") + 2, temporary.lastIndexOf("."));
    await this.there(`${this.out}/${name}`);
  }

  /** Moves a file on, as a consumer does. */
  async take(path: string): Promise<void> {
    const taken = `${this.root}/taken`;
    await this.hdfs.files.mkdir(taken);
    await this.hdfs.files.rename(path, `${taken}/${path.slice(path.lastIndexOf("/") + 1)}`);
  }

  /** Deletes a file, as a consumer does that is done with it. */
  async consume(path: string): Promise<void> {
    const status = await this.hdfs.files.stat(path);
    if (status !== undefined) this.consumed.set(status.fileId, status.length);
    await this.hdfs.files.remove(path);
  }

  /** Waits until so many more requests were answered 204. */
  async answered(more: number): Promise<void> {
    const goal = this.server.answered + more;
    await this.until(`${more} more answers`, async () => (this.server.answered >= goal ? true : undefined));
  }

  /** Waits until every server has delivered, or quarantined, all that it has. */
  async settled(): Promise<void> {
    for (const server of this.servers) {
      if (!server.isUp) continue;
      await this.until("all is delivered", async () => {
        const { sinks, spool } = await server.status();
        const isDone = sinks.every(({ oldestUndeliveredMs }) => oldestUndeliveredMs === null);
        return isDone && spool.drain?.started === true ? true : undefined;
      });
    }
  }

  /** Waits until the sinks have nothing left to clean up. */
  async swept(): Promise<void> {
    for (const server of this.servers) {
      await this.until(`no batch and no journal below ${server.spool}`, async () =>
        server.batchFiles("q").length === 0 ? true : undefined,
      );
    }
  }

  /** Ends what still runs, and removes what is on this machine. */
  async close(): Promise<void> {
    await this.watch.stop().catch(() => {});
    for (const server of this.servers) await server.kill();
    await this.proxies.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #describe(): Promise<string> {
    const { sinks } = await this.server.status();
    const lines = sinks.map(({ name, waiting, running, delivered, quarantined, lastFailure }) => {
      const failure = lastFailure === undefined || lastFailure === null ? "none" : lastFailure.message;
      return `${name}: ${waiting} waiting, ${running} running, ${delivered} delivered, ${quarantined} quarantined, last failure ${failure}`;
    });
    return `${lines.join("; ")}; on disk ${this.server.batchFiles("q").join(" ")}`;
  }
}

function arm(proxies: readonly FaultProxy[], match: RequestMatch, fault: ProxyFault): Armed {
  const armed: ArmedFault[] = proxies.map((proxy) => proxy.on(match, fault));
  return {
    hit: () =>
      Promise.race(
        armed.map(async (one) => {
          await one.hit();
          return one.hits[0] as SeenRequest;
        }),
      ),
    release: () => {
      for (const one of armed) one.release();
    },
  };
}
