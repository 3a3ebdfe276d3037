// `npm start` and `npm test` on a machine that has some Node >= 20 and nothing else.
// No dependency, since it runs before anything is installed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { install, root, runtime, workspaceEnv } from "./install.mjs";
import { findTestPackages, formatSummary, readReports } from "./summary.mjs";

const [command, ...args] = process.argv.slice(2);

if (command === "start") process.exitCode = await start(args);
else if (command === "test") process.exitCode = await test();
else {
  process.stderr.write("usage: run.mjs start [ARGS...] | test\n");
  process.exitCode = 1;
}

/** Installs, builds, then runs the program as a direct child, so that signals and exit code are its own. */
async function start(programArgs) {
  await install();
  const built = await run("turbo", ["run", "build", "--filter=@sewer/pixel", "--output-logs=errors-only"], {
    quiet: true,
  });
  if (built !== 0) return built;
  const program = join(root, "apps/pixel/dist/main.js");
  const child = spawn(runtime(), [program, "start", ...programArgs], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return await exitCode(child);
}

/** Everything that has to hold before a change lands. Each step runs, also after one has failed. */
async function test() {
  await install();
  const packages = findTestPackages(root);
  await Promise.all(packages.map((dir) => rm(join(dir, ".reports"), { recursive: true, force: true })));
  const steps = [
    { name: "build", run: () => run("turbo", ["run", "build", "--output-logs=errors-only"]) },
    { name: "format", run: () => run("oxfmt", ["--check"]) },
    { name: "lint", run: () => run("oxlint", ["--type-aware", "--deny-warnings"]) },
    {
      name: "typecheck",
      run: () => run("turbo", ["run", "typecheck", "--continue", "--output-logs=errors-only"]),
    },
    // One package at a time: the real-HDFS tests want both cores for themselves.
    { name: "test", run: () => run("turbo", ["run", "test", "--continue", "--concurrency=1", "--only"]) },
  ];
  const failedSteps = [];
  for (const step of steps) {
    process.stdout.write(`\n== ${step.name}\n`);
    if ((await step.run()) !== 0) failedSteps.push(step.name);
  }
  const { text, ok } = formatSummary(await readReports(packages, root), failedSteps);
  process.stdout.write(text);
  return ok ? 0 : 1;
}

function run(tool, toolArgs, { quiet = false } = {}) {
  const bin = join(root, "node_modules/.bin", tool);
  if (!existsSync(bin)) throw new Error(`${bin} is missing: remove node_modules and run the command again`);
  // What a tool prints on stdout while it builds is no data of `npm start`.
  const stdio = ["ignore", quiet ? 2 : "inherit", "inherit"];
  return exitCode(spawn(bin, toolArgs, { cwd: root, env: workspaceEnv(), stdio }));
}

function exitCode(child) {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // 128 + signal number is what a shell would report.
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}
