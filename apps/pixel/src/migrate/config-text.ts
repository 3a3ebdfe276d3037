import { Document, isCollection, isNode } from "yaml";
import type { GraphiteSection } from "./graphite-section.ts";
import type { SinkSection } from "./sink-section.ts";
import type { SourceSection } from "./source-section.ts";

/** What the config is made of. */
export interface MigratedConfig {
  /** The original's file, for the first line. */
  readonly file: string;
  readonly source: SourceSection;
  readonly spool: SinkSection["spool"];
  readonly destination: NonNullable<SinkSection["destination"]>;
  readonly codec: string;
  /** IANA zone in which the original wrote the dates of its paths. */
  readonly timeZone: string;
  /** Time that open requests had to end when the original stopped, in milliseconds. */
  readonly gracefulMs: number | undefined;
  readonly graphite: GraphiteSection | undefined;
}

/** What the operator should know, behind the key that it is about. */
const comments: readonly (readonly [path: readonly string[], text: string])[] = [
  [["source", "methods"], "the original took every method; the default is [GET, HEAD, POST]"],
  [["source", "crossdomain"], "the original served /crossdomain.xml; the default is false"],
  [["spool", "roll"], "each roll makes a file: for HDFS take minutes and hundreds of MiB"],
  [["sink", "namenodes"], "web addresses of all NameNodes; the active one is found"],
  [["sink", "format"], "sewer-0.5: the key class that the original's jobs read; the default is access-log"],
  [
    ["sink", "timeZone"],
    "of the dates in the path: the zone of the machine that made this file, as the original did",
  ],
];

const onOneLine: readonly (readonly string[])[] = [
  ["source", "limits"],
  ["spool", "roll"],
  ["sink", "namenodes"],
  ["sink", "format"],
];

/** Writes the config, with comments. */
export function configText({ file, ...config }: MigratedConfig): string {
  const { source, spool, destination, codec, timeZone, gracefulMs, graphite } = config;
  const sink = { ...destination, timeZone, format: { type: "sequencefile", schema: "sewer-0.5", codec } };
  const document = new Document({
    ...(graphite !== undefined && { graphite }),
    ...(gracefulMs !== undefined && { stop: { graceful: `${gracefulMs}ms` } }),
    flows: { pixel: { source, spool, sink } },
  });
  document.commentBefore = [
    ` Made from ${file.replaceAll(/[\p{Cc}]/gu, " ")} by "sewer migrate". Every key: docs/config.md.`,
    " X-Forwarded-For is believed only of source.trustedProxies; the original believed everybody.",
    " Files end in .seq; the original's ended in .seq.gz or .seq.deflate.",
  ].join("\n");
  const flow = ["flows", "pixel"];
  for (const [path, text] of comments) {
    const node = document.getIn([...flow, ...path], true);
    if (isNode(node)) node.comment = ` ${text}`;
  }
  for (const path of onOneLine) {
    const node = document.getIn([...flow, ...path], true);
    if (isCollection(node)) node.flow = true;
  }
  return `${document.toString({ lineWidth: 0 }).trimEnd()}\n`;
}
