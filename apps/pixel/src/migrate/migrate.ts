import { parseConfig } from "../config/parse-config.ts";
import { configText } from "./config-text.ts";
import { graphiteSection } from "./graphite-section.ts";
import { OriginalConfig, type Remark } from "./original-config.ts";
import { parseProperties, type Property } from "./properties.ts";
import { sinkSection } from "./sink-section.ts";
import { sourceSection } from "./source-section.ts";

/** What became of the original's config. */
export interface Migration {
  /** The flow config, which `sewer check` accepts; undefined when there are problems. */
  readonly text: string | undefined;
  /** In the order of the file, as the notes are. */
  readonly problems: readonly Remark[];
  readonly notes: readonly Remark[];
}

/** What the config does not say. */
export interface MigrationOptions {
  /** The original's file as the user named it. */
  readonly file: string;
  /** IANA zone of the machine, in which the original wrote the dates of its paths. */
  readonly timeZone: string;
}

const noCounterpart: readonly (readonly [prefix: string, advice: string])[] = [
  ["io.file.buffer.size", "buffers have fixed sizes here"],
];

/** Turns a `config.properties` of Sewer 0.5 into a flow config. */
export function migrate(properties: string, { file, timeZone }: MigrationOptions): Migration {
  const original = new OriginalConfig(parseProperties(properties));
  const source = sourceSection(original);
  const gracefulMs = original.takeNumber("sewer.source.pixel.graceful");
  const { spool, destination, codec } = sinkSection(original);
  const graphite = graphiteSection(original);
  refusePlugins(original);
  for (const [prefix, advice] of noCounterpart) {
    for (const property of original.takeAll(prefix)) original.note(property, leftOut(property, advice));
  }
  for (const property of original.takeAll("")) original.note(property, leftOut(property, "nothing reads it"));
  const parts = { file, source, spool, codec, timeZone, gracefulMs, graphite };
  const text = destination && configText({ ...parts, destination });
  if (text !== undefined && original.problems.length === 0) checkText(original, text);
  return {
    text: original.problems.length === 0 ? text : undefined,
    problems: inOrder(original.problems),
    notes: inOrder(original.notes),
  };
}

function leftOut({ key }: Property, advice: string): string {
  return `${key} is left out: ${advice}`;
}

function refusePlugins(original: OriginalConfig): void {
  const property = original.take("sewer.plugins");
  if (property === undefined || property.value.trim() === "") return;
  const message =
    "Java classes cannot be used; delete the line, and write sinks of your own as docs/specs/component.md says";
  original.problem(property, `sewer.plugins: ${message}`);
}

/** What only the whole config shows, such as a port that is taken twice. */
function checkText(original: OriginalConfig, text: string): void {
  const result = parseConfig({ file: "", text, baseDir: "/", env: {} });
  if (result.ok) return;
  for (const { message } of result.problems) {
    original.problem(undefined, `the config made of it is refused: ${message}`);
  }
}

function inOrder(remarks: readonly Remark[]): Remark[] {
  return remarks.toSorted((one, other) => one.line - other.line);
}
