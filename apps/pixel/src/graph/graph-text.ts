import { lineText } from "../cli/plain-text.ts";
import type { FlowGraph, GraphNode } from "./flow-graph.ts";

/** Writes a graph in the language of Graphviz, each flow in a frame of its own. */
export function dotText({ nodes, edges }: FlowGraph): string {
  const lines = ["digraph sewer {", "  rankdir=LR;", "  node [shape=box];"];
  for (const flow of flowsOf(nodes)) {
    lines.push(`  subgraph ${quoted(`cluster_${flow}`)} {`, `    label=${quoted(flow)};`);
    for (const node of nodes.filter((one) => one.flow === flow)) {
      const shape = node.kind === "spool" ? ", shape=cylinder" : "";
      lines.push(`    ${quoted(node.id)} [label=${quoted(labelOf(node, "\n"))}${shape}];`);
    }
    lines.push("  }");
  }
  for (const { from, to } of edges) lines.push(`  ${quoted(from)} -> ${quoted(to)};`);
  return `${lines.join("\n")}\n}\n`;
}

/** Writes a graph as a Mermaid flowchart, which Markdown pages show. */
export function mermaidText({ nodes, edges }: FlowGraph): string {
  const lines = ["flowchart LR"];
  // Mermaid takes some words for its own ("end"), wherever they stand; a number is none.
  const ids = new Map(nodes.map((node, index) => [node.id, `n${index}`]));
  for (const [index, flow] of flowsOf(nodes).entries()) {
    lines.push(`  subgraph f${index} ["${flow}"]`);
    for (const node of nodes.filter((one) => one.flow === flow)) {
      const label = `"${labelOf(node, "<br/>", mermaidEscaped)}"`;
      lines.push(`    ${ids.get(node.id)}${node.kind === "spool" ? `[(${label})]` : `[${label}]`}`);
    }
    lines.push("  end");
  }
  for (const { from, to } of edges) lines.push(`  ${ids.get(from)} --> ${ids.get(to)}`);
  return `${lines.join("\n")}\n`;
}

function flowsOf(nodes: readonly GraphNode[]): string[] {
  return [...new Set(nodes.map((node) => node.flow))];
}

function labelOf({ lines }: GraphNode, separator: string, escape = (text: string) => text): string {
  return lines.map((line) => escape(lineText(line))).join(separator);
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** Entities of its own form, `#` in the place of `&`, for what would end a label or be taken for markup. */
function mermaidEscaped(text: string): string {
  return text.replaceAll(/[^\w %{}.,:;/=()-]/gu, (character) => `#${character.codePointAt(0)};`);
}
