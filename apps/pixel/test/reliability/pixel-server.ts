import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FlowReport, StatusReport } from "../../src/admin/status.ts";
import { RunningSewer, runSewer } from "../support/run-sewer.ts";
import { eventKey } from "../e2e/events.ts";
import { sendLoad, type LoadResult } from "../e2e/load-client.ts";

/** A batch that a sink of the server has, as its receipt says. */
export interface ReceiptLine {
  readonly batch: string;
  readonly sink: string;
  readonly destination: string;
  readonly records: number;
  readonly bytes: number;
}

/** How a {@link PixelServer} is set up. */
export interface PixelServerOptions {
  /** An empty directory of its own. */
  readonly dir: string;
  /** Number of its first request; a million from there on are its own. */
  readonly firstId: number;
  readonly sinks: Readonly<Record<string, unknown>>;
}

/** Requests of one life of the process. */
const idsPerLife = 50_000;
const load = { connections: 3, paceMs: 25 };

/** `sewer start` with one flow, under load as long as it lives, on one spool over all its lives. */
export class PixelServer {
  readonly dir: string;
  /** What it logged, over all lives that have ended. */
  log = "";
  /** Each run of the load that has ended. */
  readonly loads: LoadResult[] = [];
  readonly #options: PixelServerOptions;
  #sewer: RunningSewer | undefined;
  #adminUrl = "";
  #life = 0;
  #answered = 0;
  #stopLoad = new AbortController();
  #load: Promise<void> = Promise.resolve();

  constructor(options: PixelServerOptions) {
    this.dir = options.dir;
    this.#options = options;
    mkdirSync(this.dir, { recursive: true });
  }

  get isUp(): boolean {
    return this.#sewer !== undefined;
  }

  /** The 204s so far, of all lives. */
  get answered(): number {
    return this.#answered;
  }

  get spool(): string {
    return join(this.dir, "spool");
  }

  /** Starts it, on free ports, others each time. */
  async start({ underLoad = true } = {}): Promise<void> {
    const config = {
      admin: { port: 0 },
      log: { format: "json" },
      // It is stopped when all is delivered, or to leave what is not to the next start.
      stop: { deliver: "1s" },
      flows: {
        pixel: {
          source: { type: "http", host: "127.0.0.1", port: 0, statusPort: 0 },
          // A 204 is sent when the event was given to the kernel: SIGKILL loses none.
          spool: { dir: "spool", roll: { every: "1s" }, durability: "written" },
          retry: { base: "200ms", cap: "1s" },
          sinks: this.#options.sinks,
        },
      },
    };
    writeFileSync(join(this.dir, "sewer.yaml"), JSON.stringify(config));
    this.#sewer = new RunningSewer(["start"], { cwd: this.dir });
    const { pixel = "", admin = "" } = await this.#sewer.listening();
    this.#adminUrl = admin;
    if (underLoad) this.#startLoad(Number(new URL(pixel).port));
  }

  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.#sewer?.child.kill(signal);
  }

  /** SIGKILL. What it was asked and did not answer may be recorded or not. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** A clean stop. */
  async stop(): Promise<void> {
    await this.stopLoad();
    const code = await this.#end("SIGTERM");
    if (code !== 0) throw new Error(`the clean stop ended with ${code}:\n${this.log.slice(-4000)}`);
  }

  /** From now on no request comes. */
  async stopLoad(): Promise<void> {
    this.#stopLoad.abort();
    await this.#load;
  }

  /** What `/status` says of its flow. */
  async status(): Promise<FlowReport> {
    const response = await fetch(`${this.#adminUrl}/status`);
    const [flow] = ((await response.json()) as StatusReport).flows;
    if (flow === undefined) throw new Error("/status names no flow");
    return flow;
  }

  /** A counter or gauge of `/metrics`, added up over its labels. */
  async metric(name: string): Promise<number> {
    const response = await fetch(`${this.#adminUrl}/metrics`);
    const samples = (await response.text()).matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"));
    return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
  }

  /** Files below a room of the spool that hold a batch, or what is remembered of one. */
  batchFiles(room: "q" | "w"): string[] {
    const dir = join(this.spool, room);
    if (!existsSync(dir)) return [];
    const files = readdirSync(dir, { recursive: true, encoding: "utf8" });
    return files.filter((file) => /\.(?:open|seal|jnl|try)$/.test(file));
  }

  /** The last receipt of each batch and sink. */
  receipts(): ReceiptLine[] {
    const dir = join(this.spool, "receipts");
    const last = new Map<string, ReceiptLine>();
    for (const file of existsSync(dir) ? readdirSync(dir).sort() : []) {
      // What a kill has torn is not a receipt; the next line begins anew.
      for (const line of readFileSync(join(dir, file), "utf8").split("\n")) {
        if (!line.endsWith("}")) continue;
        const receipt = JSON.parse(line) as ReceiptLine;
        last.set(`${receipt.batch} ${receipt.sink}`, receipt);
      }
    }
    return [...last.values()];
  }

  /** The segments that a sink has in quarantine. */
  quarantined(sink: string): string[] {
    const dir = join(this.spool, "quarantine", sink);
    if (!existsSync(dir)) return [];
    return readdirSync(dir)
      .filter((file) => file.endsWith(".seal"))
      .map((file) => join(dir, file));
  }

  /** The events in segments, as `sewer cat` prints them. */
  async eventsIn(segments: readonly string[]): Promise<string[]> {
    if (segments.length === 0) return [];
    const { code, stdout, stderr } = await runSewer(["cat", ...segments], { cwd: this.dir });
    if (code !== 0) throw new Error(`sewer cat ended with ${code}: ${stderr}`);
    const lines = stdout.trimEnd().split("\n");
    return lines.map((line) => eventKey(withoutNull(JSON.parse(line) as Record<string, string | null>)));
  }

  #startLoad(port: number): void {
    const before = this.#answered;
    const stopLoad = new AbortController();
    this.#stopLoad = stopLoad;
    const firstId = this.#options.firstId + this.#life * idsPerLife;
    this.#life += 1;
    const run = sendLoad({
      ...load,
      port,
      firstId,
      requests: idsPerLife,
      signal: stopLoad.signal,
      onProgress: (answered) => (this.#answered = before + answered),
    });
    this.#load = run.then((result) => void this.loads.push(result));
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const sewer = this.#sewer;
    if (sewer === undefined) return null;
    this.#sewer = undefined;
    const { code, stderr } = await sewer.stop(signal);
    await this.#load;
    this.log += stderr;
    return code;
  }
}

/** In a SequenceFile a field that was not sent is empty. */
function withoutNull(event: Record<string, string | null>): Parameters<typeof eventKey>[0] {
  const fields = Object.entries(event).map(([name, value]) => [name, value ?? ""]);
  return Object.fromEntries(fields) as Parameters<typeof eventKey>[0];
}
