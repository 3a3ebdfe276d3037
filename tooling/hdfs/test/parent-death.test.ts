import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test, vi } from "vitest";
import { processFacts } from "../src/process-identity.ts";
import { removeStaleRuns } from "../src/run-folder.ts";
import { describeHdfs } from "../src/vitest.ts";

describeHdfs("a bed whose owner is killed", () => {
  test("its processes end, a paused one too, and the next run removes its folder", async () => {
    const program = join(import.meta.dirname, "fixtures/start-and-wait.ts");
    const owner = spawn(process.execPath, ["--conditions=@sewer/source", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(owner.stdout), "line")) as [string];
    const { folder, pids } = JSON.parse(line) as { folder: string; pids: number[] };
    expect(pids.map((pid) => processFacts(pid)?.pid)).toEqual(pids);
    owner.kill("SIGKILL");
    await once(owner, "exit");
    await vi.waitFor(() => expect(pids.filter((pid) => processFacts(pid))).toEqual([]), 10_000);
    expect(existsSync(folder)).toBe(true);
    await removeStaleRuns(dirname(folder));
    expect(existsSync(folder)).toBe(false);
  });
});
