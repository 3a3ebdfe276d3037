import { isSewerError, systemClock } from "@sewer/core";
import { nodeFileSystem } from "@sewer/core/node";
import type { FlowConfig } from "../config/config.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { createSinksOf } from "../runtime/components.ts";
import { sinceTime } from "../verify/since.ts";
import { verifyFlow, type VerifiedReceipt } from "../verify/verify-flow.ts";
import { LineWriter } from "./line-writer.ts";
import { Progress } from "./progress.ts";
import { readConfig } from "./read-config.ts";
import type { Terminal } from "./terminal.ts";
import { verifyJson, verifyTable, type VerifyLines } from "./verify-lines.ts";

/** What `sewer verify` is asked for. */
export interface VerifyOptions {
  readonly config?: string;
  readonly flow?: string;
  readonly sink?: string;
  readonly since?: string;
  readonly quick?: boolean;
  readonly json?: boolean;
}

/** Compares receipts with what lies at the destination. Reads only; works beside a running server. */
export async function verify(options: VerifyOptions, terminal: Terminal): Promise<ExitCode> {
  const config = await readConfig(options, terminal);
  const { flow, since } = options;
  const sinceMs = since === undefined ? undefined : sinceTime(since, systemClock);
  const flows = config.flows.filter(({ name }) => flow === undefined || name === flow);
  if (since !== undefined && sinceMs === undefined) {
    terminal.stderr.write(
      `sewer: --since takes a duration like 7d, or a date like 2026-11-05 (UTC), not ${since}\n`,
    );
    return exitCodes.usage;
  }
  if (flows.length === 0) {
    terminal.stderr.write(`sewer: the config has no flow ${flow}\n`);
    return exitCodes.usage;
  }
  const verification = new Verification(options, sinceMs, terminal);
  for (const each of flows) await verification.flow(each, config.baseDir);
  return verification.end();
}

type Counts = Record<VerifiedReceipt["finding"]["kind"], number>;

/** One run of the command. */
class Verification {
  readonly #options: VerifyOptions;
  readonly #sinceMs: number | undefined;
  readonly #terminal: Terminal;
  readonly #output: LineWriter;
  readonly #lines: VerifyLines;
  readonly #progress: Progress;
  #verified = 0;
  #differences = 0;
  #hasFailed = false;

  constructor(options: VerifyOptions, sinceMs: number | undefined, terminal: Terminal) {
    this.#options = options;
    this.#sinceMs = sinceMs;
    this.#terminal = terminal;
    this.#output = new LineWriter(terminal.stdout);
    this.#lines = options.json === true ? verifyJson : verifyTable;
    this.#progress = new Progress(terminal.stderr, systemClock);
  }

  async flow(config: FlowConfig, baseDir: string): Promise<void> {
    const { name: flow, spoolDir } = config;
    const sinks = createSinksOf(config, baseDir);
    const { signal } = new AbortController();
    const counts = new Map<string, Counts>();
    try {
      const { accounting, unreachable } = await verifyFlow({
        spoolDir,
        sinks,
        sink: this.#options.sink,
        sinceMs: this.#sinceMs,
        isQuick: this.#options.quick === true,
        fs: nodeFileSystem,
        verified: (receipt) => this.#count(flow, receipt, countsOf(counts, receipt.sink)),
        quarantined: (batch) => this.#write([this.#lines.quarantined(flow, batch)]),
        signal,
      });
      for (const [sink, accounts] of accounting.sinks()) {
        if (this.#options.sink !== undefined && this.#options.sink !== sink) continue;
        const isWhole = this.#sinceMs === undefined;
        await this.#write(
          this.#lines.sink({ flow, sink, findings: countsOf(counts, sink), accounts, isWhole }),
        );
      }
      await this.#write(this.#lines.elsewhere(flow, accounting));
      for (const [sink, { message }] of unreachable)
        this.#fail(`sink ${sink} of flow ${flow} cannot be asked: ${message}`);
    } catch (error) {
      if (!isSewerError(error)) throw error;
      this.#fail(error.message);
    } finally {
      await Promise.all([...sinks.values()].map((sink) => sink.close(signal)));
    }
  }

  /** Differences are news whatever else could not be asked. */
  async end(): Promise<ExitCode> {
    this.#progress.clear();
    await this.#output.flush();
    if (this.#differences > 0) return exitCodes.differences;
    return this.#hasFailed ? exitCodes.io : exitCodes.ok;
  }

  async #count(flow: string, receipt: VerifiedReceipt, counts: Counts): Promise<void> {
    const { kind } = receipt.finding;
    counts[kind] += 1;
    if (kind !== "same" && kind !== "unverified") this.#differences += 1;
    this.#verified += 1;
    const line = this.#lines.receipt(flow, receipt);
    if (line !== undefined) await this.#write([line]);
    this.#progress.show(`flow ${flow}: ${this.#verified} receipts, ${this.#differences} differences`);
  }

  async #write(lines: readonly string[]): Promise<void> {
    for (const line of lines) await this.#output.write(line);
  }

  #fail(message: string): void {
    this.#progress.clear();
    this.#hasFailed = true;
    this.#terminal.stderr.write(`sewer: ${message}\n`);
  }
}

function countsOf(counts: Map<string, Counts>, sink: string): Counts {
  const known = counts.get(sink) ?? {
    same: 0,
    missing: 0,
    length: 0,
    checksum: 0,
    records: 0,
    unreadable: 0,
    unverified: 0,
  };
  counts.set(sink, known);
  return known;
}
