import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { RunningSewer, freePorts, runSewer } from "../../support/run-sewer.ts";
import { eventKey } from "../events.ts";
import { levels, type Level } from "./promises.ts";

/** A server with one flow for each durability level, named after it. All of them live and die together. */
export class LevelServer {
  readonly sewer: RunningSewer;
  readonly ports: Readonly<Record<Level, number>>;
  readonly #adminPort: number;

  private constructor(sewer: RunningSewer, ports: Readonly<Record<Level, number>>, adminPort: number) {
    this.sewer = sewer;
    this.ports = ports;
    this.#adminPort = adminPort;
  }

  /** Starts it on what is in `dir`, and waits until it listens. It is killed when `signal` aborts. */
  static async start(dir: string, signal: AbortSignal): Promise<LevelServer> {
    signal.throwIfAborted();
    const [adminPort = 0, ...others] = await freePorts(2 * levels.length + 1);
    const ports: Partial<Record<Level, number>> = {};
    const flows = levels.map((level) => {
      const [port = 0, statusPort = 0] = others.splice(0, 2);
      ports[level] = port;
      mkdirSync(join(dir, "out", level), { recursive: true });
      return `
  ${level}:
    source: { type: http, host: 127.0.0.1, port: ${port}, statusPort: ${statusPort} }
    spool: { dir: spool/${level}, roll: { every: 300ms }, durability: ${level} }
    retry: { base: 100ms, cap: 1s }
    sink: { type: file, path: 'out/${level}/data-%{yyyyMMdd-HHmmss}' }`;
    });
    const head = `admin: { port: ${adminPort} }\nlog: { format: json }\nstop: { deliver: 10m }\nflows:`;
    writeFileSync(join(dir, "sewer.yaml"), `${head}${flows.join("")}\n`);
    const sewer = new RunningSewer(["start"], { cwd: dir });
    const kill = (): void => void sewer.child.kill("SIGKILL");
    signal.addEventListener("abort", kill);
    void sewer.ended.then(() => signal.removeEventListener("abort", kill));
    await sewer.listening();
    return new LevelServer(sewer, ports as Record<Level, number>, adminPort);
  }

  /** Records that are answered or about to be, and in memory only. */
  async unwritten(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#adminPort}/metrics`);
    const samples = [...(await response.text()).matchAll(/^sewer_spool_unwritten_records\{.*\} (\d+)$/gm)];
    if (samples.length !== levels.length) throw new Error("the loss window is missing in /metrics");
    return samples.reduce((sum, [, value]) => sum + Number(value), 0);
  }
}

/**
 * Starts a server on what the killed ones left and stops it cleanly, so that everything is delivered.
 *
 * @throws when it does not end with 0, or leaves a batch or a temporary file behind.
 */
export async function deliverAll(dir: string, signal: AbortSignal): Promise<void> {
  const { sewer } = await LevelServer.start(dir, signal);
  const { code, stderr } = await sewer.stop();
  if (code !== 0) throw new Error(`the clean stop ended with ${code}:\n${stderr}`);
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" });
  const left = files.filter((file) => /\.(?:open|seal)$/.test(file) || /^out\/.*\/\./.test(file));
  if (left.length > 0) throw new Error(`left behind by a clean stop: ${left.join(", ")}`);
}

/** How often each event is in the output of a level, as `sewer cat` prints it. */
export async function countDelivered(dir: string, level: Level): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const out = join(dir, "out", level);
  const files = readdirSync(out).filter((file) => !basename(file).startsWith("."));
  if (files.length === 0) return counts;
  const { code, stdout, stderr } = await runSewer(["cat", ...files], { cwd: out });
  if (code !== 0 || stderr !== "") throw new Error(`sewer cat ended with ${code}: ${stderr}`);
  for (const line of stdout.trimEnd().split("\n")) {
    const key = eventKey(JSON.parse(line));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
