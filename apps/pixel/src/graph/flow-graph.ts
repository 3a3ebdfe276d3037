import type { Config, FlowConfig } from "../config/config.ts";
import type { ResolvedSinkOptions } from "../config/config-schema.ts";

/** Something that events pass. */
export interface GraphNode {
  /** Unique in the graph: `pixel.source`, `pixel.spool`, `pixel.sink.main`. */
  readonly id: string;
  readonly flow: string;
  readonly kind: "source" | "spool" | "sink";
  /** A sink's name; else the kind. */
  readonly name: string;
  /** What it is and where, a line each. */
  readonly lines: readonly string[];
}

/** A way that events take. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

/** The way of the events of all flows of a config. */
export interface FlowGraph {
  /** Of this form. */
  readonly v: 1;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** Draws up the graph of a config. */
export function flowGraph({ flows }: Pick<Config, "flows">): FlowGraph {
  const nodes = flows.flatMap(nodesOf);
  const edges = flows.flatMap((flow) => [
    { from: `${flow.name}.source`, to: `${flow.name}.spool` },
    ...[...flow.sinks.keys()].map((sink) => ({
      from: `${flow.name}.spool`,
      to: `${flow.name}.sink.${sink}`,
    })),
  ]);
  return { v: 1, nodes, edges };
}

function nodesOf({ name: flow, source, spool, spoolDir, sinks }: FlowConfig): GraphNode[] {
  const { type, host, port, processes } = source;
  const sourceLines = [`${type} source`, `${host.includes(":") ? `[${host}]` : host}:${port}`];
  if (processes !== 1) sourceLines.push(`processes: ${processes}`);
  const spoolLines = ["spool", spoolDir, `durability: ${spool.durability}`];
  return [
    { id: `${flow}.source`, flow, kind: "source", name: "source", lines: sourceLines },
    { id: `${flow}.spool`, flow, kind: "spool", name: "spool", lines: spoolLines },
    ...[...sinks].map(([name, sink]): GraphNode => {
      const lines = [`${sink.type} sink ${name}`, ...destinationLines(sink)];
      return { id: `${flow}.sink.${name}`, flow, kind: "sink", name, lines };
    }),
  ];
}

function destinationLines(sink: ResolvedSinkOptions): string[] {
  return sink.type === "file" ? [sink.path] : [...sink.namenodes, sink.path];
}
