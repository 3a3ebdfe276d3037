import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { RunningSewer, runSewer } from "./support/run-sewer.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const fixture = fileURLToPath(new URL("fixtures/block_gzip_long_text.seq", import.meta.url));
const directory = temporaryDirectory();

// `pnpm build` comes before the tests in the task graph; a plain `vitest run` in a fresh checkout has none.
describe.skipIf(!existsSync(join(dist, "main.js")))("the build", () => {
  const program = join(dist, "main.js");
  const sewer = (...args: string[]): ReturnType<typeof runSewer> =>
    runSewer(args, { cwd: directory(), program });

  test("runs from any directory, and cat with nothing installed beside it", async () => {
    expect(await sewer("check")).toMatchObject({ code: 0, stderr: "" });
    const { code, stdout } = await sewer("cat", fixture);
    expect({ code, lines: stdout.split("\n").length }).toEqual({ code: 0, lines: 61 });
  });

  test("has webhdfs inside: it works where no node_modules are", async () => {
    await cp(join(dist, "webhdfs.cjs"), join(directory(), "webhdfs.cjs"));
    const script = 'process.stdout.write(typeof require("./webhdfs.cjs").createClient)';
    const loaded = await promisify(execFile)(process.execPath, ["-e", script], { cwd: directory() });
    expect(loaded.stdout).toBe("function");
    const { code, stderr } = await sewer("cat", "webhdfs://127.0.0.1:1/x");
    expect(code).toBe(3);
    expect(stderr).toMatch(/^sewer: webhdfs:\/\/127\.0\.0\.1:1\/x: the server cannot be reached: .+\n$/);
  });

  test("asks for nothing but Node and what package.json names", async () => {
    const names = new Set<string>();
    for (const file of (await readdir(dist)).filter((name) => name.endsWith(".js"))) {
      const text = await readFile(join(dist, file), "utf8");
      for (const [, name = ""] of text.matchAll(
        /^(?:import|export|\} from) ?(?:[^"';]*? from )?"([^".][^"]*)";$/gm,
      )) {
        names.add(name);
      }
    }
    const foreign = [...names].filter((name) => !name.startsWith("node:"));
    expect(names).toContain("node:sqlite");
    expect(foreign.map((name) => name.split("/")[0])).toContain("yaml");
    expect(Object.keys(manifest.dependencies)).toEqual(expect.arrayContaining(foreign));
  });

  test("starts, delivers by its encoder thread, and stops", async () => {
    const text = `admin: { port: 0 }
flows:
  web:
    source: { type: http, host: 127.0.0.1, port: 0 }
    sink: { type: file, path: out/x }
`;
    await writeFile(join(directory(), "sewer.yaml"), text);
    const running = new RunningSewer(["start"], { cwd: directory(), program });
    const { pixel = "", admin = "" } = await running.listening();
    expect((await fetch(pixel)).status).toBe(204);
    expect((await fetch(`${admin}/metrics`)).status).toBe(200);
    expect((await running.stop()).code).toBe(0);
    const [file = ""] = await readdir(join(directory(), "out"));
    expect(await sewer("cat", join("out", file))).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\{.+\}\n$/),
    });
  });
});
