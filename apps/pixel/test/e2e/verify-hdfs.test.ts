import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startHdfs, type Hdfs } from "@sewer/hdfs-testbed";
import { describeHdfs } from "@sewer/hdfs-testbed/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sealEvents } from "../support/example-spool.ts";
import { runSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

describeHdfs("verify against a real HDFS", () => {
  const directory = temporaryDirectory();
  const sewer = (...args: string[]): ReturnType<typeof runSewer> => runSewer(args, { cwd: directory() });
  let hdfs: Hdfs;

  beforeAll(async () => {
    hdfs = await startHdfs();
    await hdfs.fs("-mkdir", "-p", "/verify");
    await hdfs.fs("-chmod", "777", "/verify");
  }, 300_000);
  afterAll(async () => {
    await hdfs?.close();
  });

  const config = (): Promise<void> =>
    writeFile(
      join(directory(), "sewer.yaml"),
      `flows:
  web:
    source: { type: http }
    spool: { dir: spool }
    sink: { type: hdfs, namenodes: ['${hdfs.namenodeUrl}'], user: ${hdfs.user}, path: '/x', replication: 1, blockSize: 1MiB }
`,
    );

  test("what was delivered is there; what is gone, and what has other bytes, is told; without a NameNode exit 3", async () => {
    await config();
    const ids = new Map<string, string>();
    for (const name of ["fine", "gone", "changed"]) {
      const plan = { path: `/verify/${name}.seq`, format: {} };
      ids.set(
        name,
        await sealEvents({ dir: join(directory(), "spool"), events: 50, flow: "web", sinks: { main: plan } }),
      );
    }
    expect(await sewer("replay", "spool")).toMatchObject({ code: 0, stderr: "" });
    expect(await sewer("verify")).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining("3 receipts: 3 as their receipts say\n"),
    });

    const local = join(directory(), "changed.seq");
    await hdfs.fs("-get", "/verify/changed.seq", local);
    const bytes = await readFile(local);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(local, bytes);
    await hdfs.fs("-put", "-f", local, "/verify/changed.seq");
    await hdfs.fs("-rm", "-skipTrash", "/verify/gone.seq");
    const { code, stdout } = await sewer("verify", "--quick", "--json");
    expect(code).toBe(4);
    const found = new Map(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .map(({ batch, finding }) => [batch, finding]),
    );
    expect(["fine", "gone", "changed"].map((name) => found.get(ids.get(name)))).toEqual([
      "same",
      "missing",
      "checksum",
    ]);

    await hdfs.nameNode.kill();
    const dead = await sewer("verify", "--quick");
    expect(dead).toMatchObject({ code: 3, stderr: expect.stringContaining("cannot be asked") });
  }, 180_000);
});
