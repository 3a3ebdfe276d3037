import { parseChain, type ChainPart } from "./chain.ts";
import { destinationOf, type Destination } from "./destination.ts";
import type { OriginalConfig } from "./original-config.ts";
import type { Property } from "./properties.ts";

/** What a chain of sinks comes down to: how the spool rolls, and where batches go. */
export interface SinkSection {
  readonly spool: {
    /** Undefined: where a flow's spool is by default. */
    readonly dir?: string;
    readonly roll: { readonly every: string; readonly align?: true };
  };
  /** Undefined after a problem was told. */
  readonly destination: Destination | undefined;
  readonly codec: string;
}

const rollSecondsDefault = 30;

/** Decorators that do what the spool does for every flow. */
const doneBySpool = ["reliable", "defer"];

/** Decorators that only made the original faster, or measured it. */
const notNeeded = [
  "buffer",
  "buffer_pool",
  "local_buffer",
  "parallel_buffer",
  "disruptor",
  "delayed_open",
  "meter",
];

/** Sinks without a counterpart, and what to do instead. */
const otherSinks: Readonly<Record<string, string>> = {
  dfs: "its files hold bare records that nothing delimits; write seqfile(...), whose files say what is in them",
  tcpwrite: "servers do not relay to each other; write seqfile('hdfs://...') on every machine",
  null: "it drops every event; write seqfile('file:///...') to keep them, and delete what you do not need",
  console: "write seqfile('file:///...') and read its files with \"sewer cat\"",
  stdout: "write seqfile('file:///...') and read its files with \"sewer cat\"",
};

const codecs: Readonly<Record<string, string>> = {
  default: "deflate",
  deflate: "deflate",
  gzip: "gzip",
  bzip2: "bzip2",
  snappy: "snappy",
};

/** Turns `sewer.sink`, its decorators and `sewer.sink.*` into the keys of a spool and a sink. */
export function sinkSection(original: OriginalConfig): SinkSection {
  const property = original.take("sewer.sink");
  const parts = chainOf(original, property);
  const align = original.take("sewer.sink.roll.even.boundaries")?.value.trim() === "true";
  const walPath = original.take("sewer.wal.path")?.value.trim();
  const seconds = property === undefined ? rollSecondsDefault : rollSeconds(original, property, parts);
  const destination = property && sinkAtEnd(original, property, parts);
  const codec = codecOf(original);
  leaveOut(original);
  return {
    spool: {
      ...(walPath && { dir: `${walPath.replace(/\/+$/, "")}/pixel` }),
      roll: { every: `${seconds}s`, ...(align && { align }) },
    },
    destination,
    codec,
  };
}

function chainOf(original: OriginalConfig, property: Property | undefined): readonly ChainPart[] {
  if (property === undefined) {
    original.problem(
      property,
      "sewer.sink is missing: add sewer.sink=roll(30) > reliable > seqfile('hdfs://...')",
    );
    return [];
  }
  const chain = parseChain(property.value);
  if (typeof chain !== "string") return chain;
  original.problem(property, `sewer.sink: ${chain}`);
  return [];
}

/** Reads the decorators: everything but the last part. @returns the age at which a batch is sealed. */
function rollSeconds(original: OriginalConfig, property: Property, parts: readonly ChainPart[]): number {
  let seconds: number | undefined;
  for (const { name, args } of parts.slice(0, -1)) {
    if (name === "roll") {
      const [text = String(rollSecondsDefault)] = args;
      seconds = Number(text);
      if (/^[1-9][0-9]{0,8}$/.test(text)) continue;
      original.problem(property, `sewer.sink: roll("${text}"): expected whole seconds, at least 1`);
    } else if (notNeeded.includes(name)) {
      original.note(property, `sewer.sink: ${name} is left out: answers never wait for a sink`);
    } else if (!doneBySpool.includes(name)) {
      const what =
        name in otherSinks || isFileSink(name) ? "is a sink and ends the chain" : "is no decorator";
      original.problem(property, `sewer.sink: ${name} ${what}; delete it, or what follows it`);
    }
  }
  if (seconds === undefined && parts.length > 0) {
    const message = `sewer.sink: without roll the original ended a file only when it stopped; every ${rollSecondsDefault} s are taken (spool.roll.every)`;
    original.note(property, message);
  }
  return seconds ?? rollSecondsDefault;
}

function sinkAtEnd(
  original: OriginalConfig,
  property: Property,
  parts: readonly ChainPart[],
): Destination | undefined {
  const last = parts.at(-1);
  if (last === undefined) return undefined;
  const { name, args } = last;
  if (isFileSink(name)) {
    if (args[0] !== undefined) return destinationOf(original, property, args[0]);
    original.problem(property, `sewer.sink: ${name} names no path: write ${name}('hdfs://...')`);
    return undefined;
  }
  const advice = Object.hasOwn(otherSinks, name)
    ? `${name} has no counterpart: ${otherSinks[name]}`
    : `${name} is no sink: end the chain with seqfile('hdfs://...')`;
  original.problem(property, `sewer.sink: ${advice}`);
  return undefined;
}

function isFileSink(name: string): boolean {
  return name === "seqfile" || name === "reliableseq";
}

function codecOf(original: OriginalConfig): string {
  const property = original.take("sewer.sink.compression");
  const name = property?.value.trim().toLowerCase() ?? "gzip";
  const codec = Object.hasOwn(codecs, name) ? codecs[name] : undefined;
  if (codec !== undefined || property === undefined) return codec ?? "gzip";
  const known = Object.keys(codecs).join(", ");
  original.problem(property, `sewer.sink.compression: "${name}" is none of ${known}`);
  return "gzip";
}

function leaveOut(original: OriginalConfig): void {
  const timeout = original.take("sewer.sink.secure.remote.timeout");
  if (timeout !== undefined) {
    original.note(
      timeout,
      `${timeout.key} is left out: answers never wait for HDFS; its limits are sink.limits`,
    );
  }
  for (const property of original.takeAll("sewer.sink.disruptor.")) {
    original.note(property, `${property.key} is left out: answers never wait for a sink`);
  }
}
