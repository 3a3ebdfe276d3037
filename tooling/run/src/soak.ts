/**
 * `pnpm soak [crash|kill|processes|reload|outage|hdfs|http] [OPTIONS]`: what is too long for every test run. Without a name all run,
 * one after the other, also after one has failed; options go to the one that is named.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What runs: Node with these words, in a directory below the root. */
interface Soak {
  readonly words: string;
  readonly directory?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const soaks: Readonly<Record<string, Soak>> = {
  crash: {
    words: "packages/spool/test/explorer/main.ts --states 2000000 --workers 2 --first random --progress",
  },
  kill: { words: "apps/pixel/test/e2e/kill/main.ts" },
  processes: {
    words: "../../node_modules/vitest/vitest.mjs run test/e2e/processes",
    directory: "apps/pixel",
    env: { SEWER_SOAK: "1" },
  },
  reload: {
    words: "../../node_modules/vitest/vitest.mjs run test/e2e/reload",
    directory: "apps/pixel",
    env: { SEWER_SOAK: "1" },
  },
  outage: {
    words: "../../node_modules/vitest/vitest.mjs run test/e2e/outage.test.ts test/e2e/several-sinks.test.ts",
    directory: "apps/pixel",
    env: { SEWER_OUTAGE: "60s", SEWER_REQUIRE_HDFS: "1" },
  },
  hdfs: { words: "apps/pixel/test/reliability/main.ts" },
  http: {
    words: "packages/source-http/test/differential/main.ts --inputs 10000000 --first random --progress",
  },
};

const [chosen, ...options] = process.argv.slice(2);
if (chosen !== undefined && soaks[chosen] === undefined) {
  process.stderr.write(
    "usage: pnpm soak [crash|kill|processes|reload|outage|hdfs|http] [OPTIONS]; the head of each main.ts names its options\n",
  );
  process.exit(1);
}

const results: string[] = [];
for (const [name, soak] of Object.entries(soaks)) {
  if (chosen !== undefined && chosen !== name) continue;
  process.stdout.write(`\n== ${name}\n`);
  const isOk = await run(soak);
  results.push(`${name} ${isOk ? "passed" : "failed"}`);
  if (!isOk) process.exitCode = 1;
}
process.stdout.write(`\nsoak: ${results.join(", ")}\n`);

async function run({ words, directory = "", env }: Soak): Promise<boolean> {
  const args = ["--conditions=@sewer/source", ...words.split(" "), ...options];
  const child = spawn(process.execPath, args, {
    cwd: `${root}${directory}`,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  const [code] = (await once(child, "close")) as [number | null];
  return code === 0;
}
