/**
 * Runs the table of faults on a real HDFS as a program:
 *
 * ```
 * node --conditions=@sewer/source apps/pixel/test/reliability/main.ts
 *   --faults quick|all   Default "all", or SEWER_FAULTS
 *   --only TEXT          the faults whose names hold TEXT
 *   --seed N             decides what is random. Default "random", which is printed
 *   --page               writes the table into docs/reliability.md, unless something failed
 * ```
 *
 * Ends with 1 when a promise was broken, and says which.
 */
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import type { ClusterKind, Fault } from "./fault.ts";
import { faultsOf } from "./faults/all-faults.ts";
import { Matrix, type CountedResult } from "./matrix.ts";
import { circumstances, replaceGenerated, resultTable } from "./report.ts";

const sideBySide = 3;
const page = new URL("../../../../docs/reliability.md", import.meta.url);

const { values } = parseArgs({
  options: {
    faults: { type: "string", default: process.env["SEWER_FAULTS"] ?? "all" },
    only: { type: "string", default: "" },
    seed: { type: "string", default: "random" },
    page: { type: "boolean", default: false },
  },
});
const seed = values.seed === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const which = values.faults === "quick" ? "quick" : "all";
const failures: string[] = [];

print(`${which} faults, seed ${seed}`);
const results = [...(await runCluster("single")), ...(await runCluster("pair"))];
const table = `${circumstances(seed, new Date())}\n\n${resultTable(results)}`;
print(`\n${table}\n`);
if (values.page && failures.length === 0)
  writeFileSync(page, replaceGenerated(readFileSync(page, "utf8"), table));
for (const failure of failures) print(failure);
if (failures.length > 0) print(`${failures.length} failed, seed ${seed}`);
// A trial that failed in the middle may leave a connection behind.
process.exit(failures.length > 0 ? 1 : 0);

async function runCluster(cluster: ClusterKind): Promise<CountedResult[]> {
  const faults = faultsOf(cluster, which).filter(({ name }) => name.includes(values.only));
  if (faults.length === 0) return [];
  const matrix = await Matrix.start(cluster, seed);
  try {
    const requests = faults.filter(({ touches }) => touches === "requests");
    await Promise.all(Array.from({ length: sideBySide }, () => runAll(matrix, requests)));
    await runAll(
      matrix,
      faults.filter(({ touches }) => touches === "roles"),
    );
    const counted = await matrix.count();
    for (const { name, broken } of counted) failures.push(...broken.map((text) => `${name}: ${text}`));
    return counted;
  } finally {
    await matrix.close();
  }
}

/** Takes faults from the front of the list until it is empty. */
async function runAll(matrix: Matrix, faults: Fault[]): Promise<void> {
  for (let fault = faults.shift(); fault !== undefined; fault = faults.shift()) {
    try {
      const { healSeconds, broken } = await matrix.run(fault);
      print(
        `${fault.name}: ${broken.length === 0 ? `healed in ${healSeconds.toFixed(1)} s` : broken.join("; ")}`,
      );
    } catch (error) {
      failures.push(String(error));
      print(String(error));
    }
  }
}

function print(line: string): void {
  // Not through a stream: the process may end at once.
  writeSync(1, `${line}\n`);
}
