import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../support/spool.ts";

const program = fileURLToPath(new URL("../support/full-disk-child.ts", import.meta.url));
const mount = 'mount -t tmpfs -o size=6m none "$1"';
const probe = spawnSync("unshare", ["-Urm", "sh", "-c", mount, "sh", temporaryDirectory()]);
const reason = probe.status === 0 ? undefined : "no tmpfs can be mounted here";
const skipped = reason === undefined ? "" : ` [skipped: ${reason}]`;

/** Runs the program with a small disk of its own, which goes with it. */
function runOnSmallDisk(durability: string): unknown {
  const node = [process.execPath, "--conditions=@sewer/source", program];
  const script = `${mount} && exec "$2" "$3" "$4" "$1" "$5"`;
  const args = ["-Urm", "sh", "-c", script, "sh", temporaryDirectory(), ...node, durability];
  const { stdout, stderr } = spawnSync("unshare", args, { encoding: "utf8", timeout: 50_000 });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

const levels: readonly (readonly [durability: string, areAcknowledged: boolean])[] = [
  ["interval", true],
  ["written", false],
  ["group", false],
];

describe.skipIf(reason !== undefined)(`a disk that is full${skipped}`, () => {
  it.each(levels)(
    "level %s: refuses, and goes on once batches were acknowledged, nothing lost and nothing twice",
    (durability, areAcknowledged) => {
      const end = runOnSmallDisk(durability) as Record<string, number> & { refused: Record<string, number> };
      expect(end.refused["writeErrors"]).toBeGreaterThan(0);
      expect(end.refused["durable"] === end.refused["committed"]).toBe(areAcknowledged);
      expect(end).toMatchObject({ got: end["committed"], once: end["committed"] });
    },
  );
});
