import type { ClusterKind, Fault } from "../fault.ts";
import { answerFaults } from "./answers.ts";
import { crashFaults } from "./crashes.ts";
import { dataNodeFaults } from "./data-nodes.ts";
import { destinationFaults } from "./destinations.ts";
import { nameNodeFaults } from "./name-nodes.ts";
import { pairFaults } from "./pair.ts";
import { uploadFaults } from "./uploads.ts";

/** The whole table. */
export const allFaults: readonly Fault[] = [
  ...uploadFaults,
  ...answerFaults,
  ...destinationFaults,
  ...crashFaults,
  ...dataNodeFaults,
  ...nameNodeFaults,
  ...pairFaults,
];

/** The faults of one kind of cluster: all of them, or those of every test run. */
export function faultsOf(cluster: ClusterKind, which: "quick" | "all"): readonly Fault[] {
  return allFaults.filter((fault) => fault.cluster === cluster && (which === "all" || fault.quick === true));
}
