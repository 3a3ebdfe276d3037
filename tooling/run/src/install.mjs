import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The checkout's top folder. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

const bin = join(root, "node_modules/.bin");
const stamp = join(root, "node_modules/.sewer-installed");
const inputs = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"];

/** Installs what the lockfile says, with the pnpm that package.json pins, unless that was done already. */
export async function install() {
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(readFileSync(join(root, input)));
  const wanted = hash.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  process.stderr.write(`installing dependencies with ${packageManager} ...\n`);
  const result = spawnSync("npx", ["-y", packageManager, "install", "--frozen-lockfile"], {
    cwd: root,
    // Progress to stderr: stdout belongs to the command that the user asked for.
    stdio: ["ignore", 2, 2],
  });
  if (result.error) throw result.error;
  if (result.status !== 0) {
    process.stderr.write(
      "the installation failed; the lines above say why. It needs the npm registry once.\n",
    );
    process.exit(result.status ?? 1);
  }
  writeFileSync(stamp, wanted);
}

/** The environment in which the workspace's tools find each other and the lockfile's Node. */
export function workspaceEnv() {
  return {
    ...process.env,
    PATH: bin + delimiter + process.env.PATH,
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
  };
}

/**
 * The Node to run the program with: the lockfile's, or this one where the lockfile has none for the
 * platform or its binary does not start (Node 26 needs libatomic on Linux, for one).
 */
export function runtime() {
  const own = join(bin, "node");
  if (existsSync(own) && spawnSync(own, ["-v"]).status === 0) return own;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  throw new Error(
    `Sewer needs Node 24 or newer. The lockfile brings one for Linux (x64, arm64) and macOS (arm64); ` +
      `it does not start on ${process.platform}-${process.arch}, and this is Node ${process.version}. Install Node 24 and try again.`,
  );
}
