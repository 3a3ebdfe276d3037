import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const program = fileURLToPath(new URL("../src/soak.ts", import.meta.url));

function soak(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
}

describe("pnpm soak", () => {
  test("runs the crash explorer with the options it is given, and says how that ended", () => {
    const { status, stdout, stderr } = soak("crash", "--states", "100");
    expect(stdout, stderr).toMatch(/\n\d+ states, no violation[^]*\n\nsoak: crash passed\n$/);
    expect(status).toBe(0);
  });

  test("runs the kills, and says how that ended", () => {
    const { status, stdout, stderr } = soak("kill", "--rounds", "0");
    expect(stdout, stderr).toMatch(/^\n== kill\n0 kills, seed \d+\n[^]*\nsoak: kill passed\n$/);
    expect(status).toBe(0);
  });

  test("compares our HTTP server with node's, and says how that ended", () => {
    const { status, stdout, stderr } = soak("http", "--inputs", "500", "--first", "1");
    expect(stdout, stderr).toMatch(/^\n== http\nseeds from 1 on\n500 inputs\n[^]*\nsoak: http passed\n$/);
    expect(status).toBe(0);
  });

  test("ends with 1 when a program fails", () => {
    const { status, stdout } = soak("crash", "--no-such-option");
    expect(stdout).toMatch(/\nsoak: crash failed\n$/);
    expect(status).toBe(1);
  });

  test("knows no other program", () => {
    const { status, stderr } = soak("everything");
    expect(stderr).toMatch(/^usage: pnpm soak/);
    expect(status).toBe(1);
  });
});
