import { join } from "node:path";
import { SewerError } from "@sewer/core";
import { findBedPorts, type BedPorts } from "./bed-ports.ts";
import { BedConfiguration, roleNames } from "./bed-configuration.ts";
import type { Properties, WebAndRpcPorts } from "./configuration.ts";
import { testbedErrors } from "./errors.ts";
import { prepareFormatted } from "./format.ts";
import { jvmArguments, type Hadoop } from "./hadoop.ts";
import { HdfsAdmin } from "./hdfs-admin.ts";
import { HdfsFiles } from "./hdfs-files.ts";
import { NameNodePair } from "./name-node-pair.ts";
import { answers, isNameNodeReady, isRegistered } from "./readiness.ts";
import { Role } from "./role.ts";
import { RunFolder } from "./run-folder.ts";
import { runProgram } from "./run-program.ts";
import { ToolServer } from "./tool-server.ts";
import { Watchdog } from "./watchdog.ts";

/** What a bed is like. */
export interface HdfsOptions {
  /** Two NameNodes that share their edits by a JournalNode; the first is made the active one. @default false */
  readonly highAvailability?: boolean;
  /** @default 1 */
  readonly dataNodes?: number;
  /** Copies of each block. @default the number of DataNodes, at most 3 */
  readonly replication?: number;
  /** The superuser, and the user that Hadoop's tools run as. @default "sewer" */
  readonly user?: string;
  /**
   * How long a DataNode that writes for a WebHDFS client waits before it asks again whether the last block is
   * complete. Hadoop's own 400 ms make every small file slow. `null` leaves it at that.
   *
   * @default 20
   */
  readonly locateFollowingBlockDelayMs?: number | null;
  /** More of Hadoop's properties; they win over all others but the addresses and folders. */
  readonly properties?: Properties;
  /** How long the start of one role may take, in milliseconds. @default 60_000 */
  readonly startMsMax?: number;
}

/** How a Hadoop tool is run. */
export interface ToolOptions {
  /** @default 60_000 */
  readonly msMax?: number;
  /** Standard input. */
  readonly input?: string | Uint8Array;
}

/** A running HDFS on loopback. */
export class Hdfs {
  /** Where WebHDFS answers, such as `http://127.0.0.1:17001`; the paths begin with `/webhdfs/v1`. */
  readonly namenodeUrl: string;
  /** The same of each NameNode. */
  readonly namenodeUrls: readonly string[];
  /** What Hadoop's own clients call it: `hdfs://127.0.0.1:17000`, and `hdfs://ns` of a pair. */
  readonly fsUri: string;
  /** The superuser's name. */
  readonly user: string;
  /** Data and logs of all roles; removed at the end. */
  readonly folder: string;
  /** A configuration folder for Hadoop's own clients. */
  readonly clientConfiguration: string;
  /** The first NameNode. */
  readonly nameNode: Role;
  readonly nameNodes: readonly Role[];
  /** Undefined without `highAvailability`. */
  readonly journalNode: Role | undefined;
  readonly dataNodes: readonly Role[];
  /** Makes, reads, moves and lists files as an outside user. */
  readonly files: HdfsFiles;
  /** Safe mode, quotas. */
  readonly admin: HdfsAdmin;
  /** The Hadoop it was started from. */
  readonly hadoop: Hadoop;

  readonly #ports: BedPorts;
  readonly #options: Required<HdfsOptions>;
  readonly #configuration: BedConfiguration;
  readonly #run: RunFolder;
  readonly #tools: ToolServer;
  readonly #pair: NameNodePair | undefined;
  readonly #watchdog = new Watchdog();
  readonly #closing = new AbortController();

  private constructor(hadoop: Hadoop, run: RunFolder, ports: BedPorts, options: Required<HdfsOptions>) {
    this.hadoop = hadoop;
    this.#run = run;
    this.#ports = ports;
    this.#options = options;
    this.folder = run.path;
    this.user = options.user;
    this.clientConfiguration = join(run.path, "client");
    this.#configuration = new BedConfiguration({ ...options, ports, folder: run.path });
    this.#tools = new ToolServer({
      hadoop,
      configuration: this.clientConfiguration,
      folder: run.path,
      user: options.user,
      onLaunch: () => this.#recordProcesses(),
    });
    const nameNodes = ports.nameNodes.map((_, index) => this.#nameNode(index));
    this.nameNodes = nameNodes;
    this.nameNode = nameNodes[0] as Role;
    this.namenodeUrls = nameNodes.map(({ httpUrl }) => httpUrl);
    this.namenodeUrl = this.nameNode.httpUrl;
    const isPair = ports.journalNode !== undefined;
    this.fsUri = isPair ? "hdfs://ns" : `hdfs://127.0.0.1:${ports.nameNodes[0]?.rpc}`;
    this.journalNode = isPair ? this.#journalNode(ports.journalNode.http) : undefined;
    this.#pair = isPair ? new NameNodePair(nameNodes, this.#tools) : undefined;
    this.dataNodes = ports.dataNodes.map(({ http }, index) => this.#dataNode(index, http));
    this.files = new HdfsFiles(() => this.#active().url, options.user);
    this.admin = new HdfsAdmin({
      dfsAdmin: (...toolArguments) => this.dfsAdmin(...toolArguments),
      active: () => this.#active(),
    });
  }

  /**
   * Starts a bed. `startHdfs` is this with everything made ready before.
   *
   * @internal
   */
  static async start(hadoop: Hadoop, given: HdfsOptions): Promise<Hdfs> {
    const options = withDefaults(given);
    const run = await RunFolder.create();
    const ports = await findBedPorts(options.dataNodes, options.highAvailability);
    const hdfs = new Hdfs(hadoop, run, ports, options);
    try {
      await hdfs.#configuration.write(await prepareFormatted(hadoop, options.highAvailability));
      await hdfs.#startRoles();
      return hdfs;
    } catch (error) {
      await hdfs.close();
      throw error;
    }
  }

  /** All processes, the NameNodes first. */
  get roles(): readonly Role[] {
    return [
      ...this.nameNodes,
      ...(this.journalNode === undefined ? [] : [this.journalNode]),
      ...this.dataNodes,
    ];
  }

  /** Who is active and who takes over. Fails with `SEWER_TESTBED_STATE` without `highAvailability`. */
  get pair(): NameNodePair {
    if (this.#pair !== undefined) return this.#pair;
    throw new SewerError(testbedErrors.state, "There is one NameNode only: start with highAvailability.");
  }

  /** Runs a Hadoop tool by its main class and gives what it printed. Fails with `SEWER_TESTBED_TOOL`. */
  async exec(
    mainClass: string,
    toolArguments: readonly string[],
    options: ToolOptions = {},
  ): Promise<string> {
    const jvm = { kind: "client", mainClass, folders: [this.clientConfiguration] } as const;
    return runProgram(this.hadoop.java.java, [...jvmArguments(this.hadoop, jvm), ...toolArguments], {
      title: `${mainClass.split(".").at(-1)} ${toolArguments.join(" ")}`,
      msMax: 60_000,
      signal: this.#closing.signal,
      env: { HADOOP_USER_NAME: this.user },
      ...options,
    });
  }

  /** Runs `hadoop fs`, such as `fs("-ls", "-R", "/")`, in a JVM that stays: a call takes some milliseconds. */
  async fs(...toolArguments: readonly string[]): Promise<string> {
    return this.#tools.run("org.apache.hadoop.fs.FsShell", toolArguments);
  }

  /** Runs `hdfs dfsadmin`, such as `dfsAdmin("-safemode", "enter")`, in the same JVM. */
  async dfsAdmin(...toolArguments: readonly string[]): Promise<string> {
    return this.#tools.run("org.apache.hadoop.hdfs.tools.DFSAdmin", toolArguments);
  }

  /**
   * Gives a role other properties of Hadoop's from its next start on, such as `dfs.datanode.du.reserved`, over
   * those of the bed; what an earlier call gave it is gone.
   */
  async setProperties(role: Role, properties: Properties): Promise<void> {
    await this.#configuration.set(role.name, properties);
  }

  /** Waits until the NameNodes that run are out of safe mode and count every running DataNode as alive. */
  async waitUntilReady(): Promise<void> {
    const running = this.nameNodes.filter(({ state }) => state === "running");
    await Promise.all(running.map((nameNode) => nameNode.waitUntil(() => this.#isReady(nameNode))));
  }

  /** Ends every process of the bed and removes its folder. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("the test bed is closed"));
    await Promise.all([this.#tools.kill(), ...this.roles.map((role) => role.kill())]);
    this.#watchdog.close();
    await this.#run.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #nameNode(index: number): Role {
    const role: Role = this.#role({
      name: roleNames.nameNode(index, this.#ports),
      kind: "namenode",
      mainClass: "org.apache.hadoop.hdfs.server.namenode.NameNode",
      httpPort: this.#ports.nameNodes[index]?.http as number,
      isReady: () => this.#isReady(role),
    });
    return role;
  }

  #journalNode(httpPort: number): Role {
    return this.#role({
      name: roleNames.journalNode,
      // It loads what a NameNode loads, so it shares its class data.
      kind: "namenode",
      mainClass: "org.apache.hadoop.hdfs.qjournal.server.JournalNode",
      httpPort,
      isReady: () => answers(`http://127.0.0.1:${httpPort}`),
    });
  }

  #dataNode(index: number, httpPort: number): Role {
    return this.#role({
      name: roleNames.dataNode(index),
      kind: "datanode",
      mainClass: "org.apache.hadoop.hdfs.server.datanode.DataNode",
      httpPort,
      isReady: () => {
        const running = this.#ports.nameNodes.filter((_, i) => this.nameNodes[i]?.state === "running");
        return isRegistered(
          `http://127.0.0.1:${httpPort}`,
          running.map(({ rpc }) => rpc),
        );
      },
    });
  }

  #role({ name, kind, mainClass, httpPort, isReady }: RoleKind): Role {
    const folder = join(this.folder, name);
    const jvm = { kind, mainClass, folders: [join(folder, "conf")], log: join(folder, `${name}.log`) };
    return new Role({
      name,
      folder,
      httpUrl: `http://127.0.0.1:${httpPort}`,
      command: this.hadoop.java.java,
      commandArguments: jvmArguments(this.hadoop, jvm),
      env: { HADOOP_USER_NAME: this.user },
      isReady,
      startMsMax: this.#options.startMsMax,
      onLaunch: () => this.#recordProcesses(),
    });
  }

  #recordProcesses(): void {
    const pids = [this.#tools, ...this.roles].flatMap(({ pid }) => pid ?? []);
    this.#watchdog.watch(pids);
    this.#run.record(pids);
  }

  async #startRoles(): Promise<void> {
    // A NameNode that comes before the JournalNode listens sleeps 1 s.
    await this.journalNode?.start();
    await Promise.all(
      this.nameNodes.map(async (nameNode) => {
        await nameNode.launch();
        // A DataNode that comes before the NameNode listens sleeps 5 s; one that waits for all of it loses 1 s.
        await nameNode.waitUntil(() => answers(nameNode.httpUrl));
      }),
    );
    await Promise.all([
      this.#pair?.transitionToActive(this.nameNode),
      ...this.dataNodes.map((dataNode) => dataNode.start()),
    ]);
    await this.waitUntilReady();
  }

  #active(): { url: string; fsUri: string } {
    const active = this.#pair?.active ?? this.nameNode;
    const { rpc } = this.#ports.nameNodes[this.nameNodes.indexOf(active)] as WebAndRpcPorts;
    return { url: active.httpUrl, fsUri: `hdfs://127.0.0.1:${rpc}` };
  }

  async #isReady({ httpUrl }: Role): Promise<boolean> {
    return isNameNodeReady(httpUrl, this.dataNodes.filter(({ state }) => state === "running").length);
  }
}

interface RoleKind {
  readonly name: string;
  readonly kind: "namenode" | "datanode";
  readonly mainClass: string;
  readonly httpPort: number;
  readonly isReady: () => Promise<boolean>;
}

function withDefaults(options: HdfsOptions): Required<HdfsOptions> {
  const dataNodes = options.dataNodes ?? 1;
  return {
    highAvailability: options.highAvailability ?? false,
    dataNodes,
    replication: options.replication ?? Math.max(1, Math.min(dataNodes, 3)),
    user: options.user ?? "sewer",
    locateFollowingBlockDelayMs:
      options.locateFollowingBlockDelayMs === undefined ? 20 : options.locateFollowingBlockDelayMs,
    properties: options.properties ?? {},
    startMsMax: options.startMsMax ?? 60_000,
  };
}
