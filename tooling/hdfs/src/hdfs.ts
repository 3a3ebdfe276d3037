import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  dataNodeProperties,
  nameNodeProperties,
  sharedProperties,
  writeConfiguration,
  type DataNodePorts,
  type NameNodePorts,
  type Properties,
} from "./configuration.ts";
import { jvmArguments, type Hadoop } from "./hadoop.ts";
import { readBean } from "./jmx.ts";
import { freePorts } from "./ports.ts";
import { Role } from "./role.ts";
import { RunFolder } from "./run-folder.ts";
import { runProgram } from "./run-program.ts";
import { Watchdog } from "./watchdog.ts";

/** What a bed is like. */
export interface HdfsOptions {
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
  /** What Hadoop's own clients call it, such as `hdfs://127.0.0.1:17000`. */
  readonly fsUri: string;
  /** The superuser's name. */
  readonly user: string;
  /** Data and logs of all roles; removed at the end. */
  readonly folder: string;
  /** A configuration folder for Hadoop's own clients. */
  readonly clientConfiguration: string;
  readonly nameNode: Role;
  readonly dataNodes: readonly Role[];
  /** The Hadoop it was started from. */
  readonly hadoop: Hadoop;

  readonly #run: RunFolder;
  readonly #watchdog = new Watchdog();
  readonly #closing = new AbortController();

  private constructor(hadoop: Hadoop, run: RunFolder, ports: BedPorts, options: Required<HdfsOptions>) {
    this.hadoop = hadoop;
    this.#run = run;
    this.folder = run.path;
    this.user = options.user;
    this.namenodeUrl = `http://127.0.0.1:${ports.nameNode.http}`;
    this.fsUri = `hdfs://127.0.0.1:${ports.nameNode.rpc}`;
    this.clientConfiguration = join(run.path, "client");
    this.nameNode = this.#role("namenode", ports.nameNode.http, {
      kind: "namenode",
      mainClass: "org.apache.hadoop.hdfs.server.namenode.NameNode",
      startMsMax: options.startMsMax,
      isReady: () => this.#isNameNodeReady(),
    });
    this.dataNodes = ports.dataNodes.map(({ http }, index) =>
      this.#role(`datanode-${index + 1}`, http, {
        kind: "datanode",
        mainClass: "org.apache.hadoop.hdfs.server.datanode.DataNode",
        startMsMax: options.startMsMax,
        isReady: () => isRegistered(`http://127.0.0.1:${http}`),
      }),
    );
  }

  /**
   * Starts a bed from a formatted name directory. `startHdfs` is this with everything made ready before.
   *
   * @internal
   */
  static async start(hadoop: Hadoop, formatted: string, given: HdfsOptions): Promise<Hdfs> {
    const options = withDefaults(given);
    const run = await RunFolder.create();
    const ports = await findPorts(options.dataNodes);
    const hdfs = new Hdfs(hadoop, run, ports, options);
    try {
      await hdfs.#configure(ports, formatted, options);
      await hdfs.#startRoles();
      return hdfs;
    } catch (error) {
      await hdfs.close();
      throw error;
    }
  }

  /** All processes, the NameNode first. */
  get roles(): readonly Role[] {
    return [this.nameNode, ...this.dataNodes];
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

  /** Runs `hadoop fs`, such as `fs("-ls", "-R", "/")`. */
  async fs(...toolArguments: readonly string[]): Promise<string> {
    return this.exec("org.apache.hadoop.fs.FsShell", toolArguments);
  }

  /** Runs `hdfs dfsadmin`, such as `dfsAdmin("-safemode", "enter")`. */
  async dfsAdmin(...toolArguments: readonly string[]): Promise<string> {
    return this.exec("org.apache.hadoop.hdfs.tools.DFSAdmin", toolArguments);
  }

  /** Waits until the NameNode is out of safe mode and counts every running DataNode as alive. */
  async waitUntilReady(): Promise<void> {
    await this.nameNode.waitUntil(() => this.#isNameNodeReady());
  }

  /** Ends every process of the bed and removes its folder. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("the test bed is closed"));
    await Promise.all(this.roles.map((role) => role.kill()));
    this.#watchdog.close();
    await this.#run.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #role(
    name: string,
    httpPort: number,
    { isReady, startMsMax, kind, mainClass }: RoleKind & Pick<Required<HdfsOptions>, "startMsMax">,
  ): Role {
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
      startMsMax,
      onLaunch: () => this.#recordProcesses(),
    });
  }

  #recordProcesses(): void {
    const pids = this.roles.flatMap(({ pid }) => pid ?? []);
    this.#watchdog.watch(pids);
    this.#run.record(pids);
  }

  async #configure(ports: BedPorts, formatted: string, options: Required<HdfsOptions>): Promise<void> {
    const shared = sharedProperties({ ...options, ports: ports.nameNode, folder: this.folder });
    const nameFolder = join(this.folder, "namenode/name");
    await writeConfiguration(this.clientConfiguration, shared);
    await writeConfiguration(join(this.folder, "namenode/conf"), {
      ...nameNodeProperties(ports.nameNode, nameFolder),
      ...shared,
    });
    await cp(formatted, nameFolder, { recursive: true });
    for (const [index, { name }] of this.dataNodes.entries()) {
      const data = join(this.folder, name, "data");
      await mkdir(data, { recursive: true });
      await writeConfiguration(join(this.folder, name, "conf"), {
        ...dataNodeProperties(ports.dataNodes[index] as DataNodePorts, data),
        ...shared,
      });
    }
  }

  async #startRoles(): Promise<void> {
    await this.nameNode.launch();
    // A DataNode that comes before the NameNode listens sleeps 5 s; one that waits for all of it loses 1 s.
    await this.nameNode.waitUntil(() => answers(this.nameNode.httpUrl));
    await Promise.all(this.dataNodes.map((dataNode) => dataNode.start()));
    await this.waitUntilReady();
  }

  async #isNameNodeReady(): Promise<boolean> {
    const running = this.dataNodes.filter(({ state }) => state === "running").length;
    const bean = await readBean(this.namenodeUrl, "Hadoop:service=NameNode,name=FSNamesystemState");
    if (bean === undefined || running === 0) return bean !== undefined;
    return bean["FSState"] === "Operational" && Number(bean["NumLiveDataNodes"]) >= running;
  }
}

interface BedPorts {
  readonly nameNode: NameNodePorts;
  readonly dataNodes: readonly DataNodePorts[];
}

interface RoleKind {
  readonly kind: "namenode" | "datanode";
  readonly mainClass: string;
  readonly isReady: () => Promise<boolean>;
}

function withDefaults(options: HdfsOptions): Required<HdfsOptions> {
  const dataNodes = options.dataNodes ?? 1;
  return {
    dataNodes,
    replication: options.replication ?? Math.max(1, Math.min(dataNodes, 3)),
    user: options.user ?? "sewer",
    locateFollowingBlockDelayMs:
      options.locateFollowingBlockDelayMs === undefined ? 20 : options.locateFollowingBlockDelayMs,
    properties: options.properties ?? {},
    startMsMax: options.startMsMax ?? 60_000,
  };
}

async function findPorts(dataNodes: number): Promise<BedPorts> {
  const ports = (await freePorts(2 + 3 * dataNodes)).values();
  const next = (): number => ports.next().value as number;
  return {
    nameNode: { rpc: next(), http: next() },
    dataNodes: Array.from({ length: dataNodes }, () => ({ data: next(), ipc: next(), http: next() })),
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}

/** True when every NameNode that a DataNode knows of has taken it in. */
async function isRegistered(httpUrl: string): Promise<boolean> {
  const bean = await readBean(httpUrl, "Hadoop:service=DataNode,name=DataNodeInfo");
  const text = bean?.["BPServiceActorInfo"];
  if (typeof text !== "string") return false;
  const actors = JSON.parse(text) as { ActorState?: string }[];
  return actors.length > 0 && actors.every(({ ActorState }) => ActorState === "RUNNING");
}
