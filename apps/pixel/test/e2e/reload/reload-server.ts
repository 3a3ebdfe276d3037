import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { StatusReport } from "../../../src/admin/status.ts";
import type { ReloadReport } from "../../../src/runtime/reloader.ts";
import { RunningSewer, runSewer } from "../../support/run-sewer.ts";
import { eventKey } from "../events.ts";

/** A server whose config a test changes while it runs. */
export class ReloadServer {
  readonly dir: string;
  readonly sewer: RunningSewer;
  readonly pixelPort: number;
  readonly #admin: string;

  private constructor(dir: string, sewer: RunningSewer, urls: { pixel: string; admin: string }) {
    this.dir = dir;
    this.sewer = sewer;
    this.pixelPort = Number(new URL(urls.pixel).port);
    this.#admin = urls.admin;
  }

  /** Starts it in a directory of its own; killed when the test ends, if it still runs. */
  static async start(config: string): Promise<ReloadServer> {
    const dir = mkdtempSync(join(tmpdir(), "sewer-reload-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, "sewer.yaml"), config);
    return ReloadServer.#startIn(dir);
  }

  /** Starts one on what another, which has ended, has left. */
  static again({ dir }: ReloadServer): Promise<ReloadServer> {
    return ReloadServer.#startIn(dir);
  }

  static async #startIn(dir: string): Promise<ReloadServer> {
    const sewer = new RunningSewer(["start"], { cwd: dir });
    onTestFinished(async () => void (await sewer.stop("SIGKILL")));
    const { admin = "" } = await sewer.listening();
    // That of the first flow.
    const pixel = /pixel (\S+)/.exec(sewer.stdout)?.[1] ?? "";
    return new ReloadServer(dir, sewer, { pixel, admin });
  }

  /** Writes another config, and has the server read it. */
  async reload(config: string, isDry = false): Promise<ReloadReport> {
    writeFileSync(join(this.dir, "sewer.yaml"), config);
    const url = `${this.#admin}/reload${isDry ? "?dry" : ""}`;
    const response = await fetch(url, { method: "POST", headers: { "X-Sewer-Admin": "1" } });
    return (await response.json()) as ReloadReport;
  }

  async status(): Promise<StatusReport> {
    return (await (await fetch(`${this.#admin}/status`)).json()) as StatusReport;
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.#admin}/metrics`)).text();
  }

  /** Resident memory of all its processes, in KiB. */
  async residentKiB(): Promise<number> {
    const { pid, processes = [] } = await this.status();
    const pids = [pid, ...processes.flatMap((process) => process.pid ?? [])];
    return pids.reduce((sum, one) => {
      return sum + Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/status`, "utf8"))?.[1]);
    }, 0);
  }

  /** What is left undelivered below the spool directories. */
  undelivered(): string[] {
    const files = readdirSync(this.dir, { recursive: true, encoding: "utf8" });
    return files.filter((file) => /\.(?:open|seal)$/.test(file));
  }

  /** How often each event is in the files below `out`, as `sewer cat` prints them. */
  async delivered(out: string): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    const cwd = join(this.dir, out);
    const files = readdirSync(cwd).filter((file) => !file.startsWith("."));
    const { code, stdout, stderr } = await runSewer(["cat", ...files], { cwd });
    if (code !== 0) throw new Error(`sewer cat ended with ${code}: ${stderr}`);
    for (const line of stdout.trimEnd().split("\n")) {
      // JSON files have null where a SequenceFile has "".
      const key = eventKey(JSON.parse(line, (_, value: unknown) => value ?? ""));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }
}
