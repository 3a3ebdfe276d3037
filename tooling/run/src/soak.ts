/**
 * `pnpm soak [crash|kill|hdfs|http] [OPTIONS]`: what is too long for every test run. Without a name all run, one after
 * the other, also after one has failed; options go to the one that is named.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const programs: Readonly<Record<string, string>> = {
  crash: "packages/spool/test/explorer/main.ts --states 2000000 --workers 2 --first random --progress",
  kill: "apps/pixel/test/e2e/kill/main.ts",
  hdfs: "apps/pixel/test/reliability/main.ts",
  http: "packages/source-http/test/differential/main.ts --inputs 10000000 --first random --progress",
};

const [chosen, ...options] = process.argv.slice(2);
if (chosen !== undefined && programs[chosen] === undefined) {
  process.stderr.write(
    "usage: pnpm soak [crash|kill|hdfs|http] [OPTIONS]; the head of each main.ts names its options\n",
  );
  process.exit(1);
}

const results: string[] = [];
for (const [name, command] of Object.entries(programs)) {
  if (chosen !== undefined && chosen !== name) continue;
  process.stdout.write(`\n== ${name}\n`);
  const isOk = await run([...command.split(" "), ...options]);
  results.push(`${name} ${isOk ? "passed" : "failed"}`);
  if (!isOk) process.exitCode = 1;
}
process.stdout.write(`\nsoak: ${results.join(", ")}\n`);

async function run(args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, ["--conditions=@sewer/source", ...args], {
    cwd: root,
    stdio: "inherit",
  });
  const [code] = (await once(child, "close")) as [number | null];
  return code === 0;
}
