import { cp } from "node:fs/promises";
import type { Fault } from "../fault.ts";
import type { Trial } from "../trial.ts";
import { isHidden } from "../verdict.ts";

const theRequests = { cluster: "single", touches: "requests" } as const;

/** What others have done to the directory: faults of a batch's own, and such as an administrator has to end. */
export const destinationFaults: readonly Fault[] = [
  ...(["file", "directory"] as const).map((kind): Fault => ({
    ...theRequests,
    name: `the destination of a batch is a ${kind}`,
    quick: true,
    quarantined: "one of main",
    async make(trial) {
      const rename = trial.atNameNodes({ op: "RENAME" }, { kind: "hold" });
      const { query } = await rename.hit();
      await trial.plant(query.get("destination") ?? "", kind);
      rename.release();
      await trial.quarantined("main");
    },
  })),
  {
    ...theRequests,
    name: "the parent of one sink's destinations is a file",
    quick: true,
    quarantined: "all of other",
    otherSink: ({ root }) => ({ path: `${root}/taken/data` }),
    prepare: (trial) => trial.plant(`${trial.root}/taken`, "file"),
    make: (trial) => trial.quarantined("other"),
  },
  {
    ...theRequests,
    name: "the names of one sink's files are too long",
    quick: true,
    quarantined: "all of other",
    otherSink: ({ root }) => ({ path: `${root}/long/${"x".repeat(240)}` }),
    make: (trial) => trial.quarantined("other"),
  },
  {
    ...theRequests,
    name: "quota of names used up",
    quick: true,
    async make(trial) {
      await trial.hdfs.admin.setNameQuota(trial.out, 1);
      await trial.failed(/QUOTA/);
    },
    async heal(trial) {
      await trial.hdfs.admin.setNameQuota(trial.out, null);
      await trial.restart();
    },
  },
  {
    ...theRequests,
    name: "quota of space used up",
    async make(trial) {
      await trial.hdfs.admin.setSpaceQuota(trial.out, 32 * 1024);
      await trial.failed(/QUOTA/);
    },
    heal: (trial) => trial.hdfs.admin.setSpaceQuota(trial.out, null),
  },
  {
    ...theRequests,
    name: "no permission to write",
    sink: { user: "pixel" },
    prepare: (trial) => trial.hdfs.files.mkdir(trial.out, { owner: "pixel", permission: "755" }),
    async make(trial) {
      await trial.hdfs.files.setOwner(trial.out, "alice");
      await trial.failed(/PERMISSION/);
    },
    async heal(trial) {
      await trial.hdfs.files.setOwner(trial.out, "pixel");
      await trial.restart();
    },
  },
  {
    ...theRequests,
    name: "NameNode refuses connections",
    async make(trial) {
      const [proxy] = trial.proxies.nameNodes;
      await proxy?.refuse();
      proxy?.cutAll("rst");
      await trial.failed(/UNREACHABLE|NO_ANSWER/);
    },
  },
  {
    ...theRequests,
    name: "a consumer takes the file before the answer to its RENAME is there",
    quick: true,
    make: (trial) => takeBeforeTheAnswer(trial, (path) => trial.take(path)),
  },
  {
    ...theRequests,
    name: "a consumer takes and deletes the file before the answer to its RENAME is there",
    make: (trial) => takeBeforeTheAnswer(trial, (path) => trial.consume(path)),
    async check(trial) {
      const vanished = await trial.server.metric("sewer_sink_vanished_total");
      return vanished === 1 ? [] : [`sewer_sink_vanished_total is ${vanished}, not 1`];
    },
  },
  {
    ...theRequests,
    name: "a consumer takes each file as soon as it is there",
    async make(trial) {
      const taken = new Set<string>();
      await trial.until("five files taken", async () => {
        for (const { pathSuffix } of await trial.hdfs.files.list(trial.out)) {
          if (isHidden(pathSuffix)) continue;
          await trial.take(`${trial.out}/${pathSuffix}`);
          taken.add(pathSuffix);
        }
        return taken.size >= 5 ? true : undefined;
      });
    },
  },
  {
    ...theRequests,
    name: "two servers with the same batches",
    quick: true,
    async make(trial) {
      // What it has by then stays in its spool, and is copied.
      const [proxy] = trial.proxies.nameNodes;
      await proxy?.refuse();
      proxy?.cutAll("rst");
      await trial.failed(/UNREACHABLE|NO_ANSWER/);
      await trial.server.stop();
      const twin = trial.newServer();
      await cp(trial.server.spool, twin.spool, { recursive: true });
      await proxy?.accept();
      await Promise.all([trial.server.start(), twin.start({ underLoad: false })]);
    },
  },
];

async function takeBeforeTheAnswer(trial: Trial, take: (path: string) => Promise<void>): Promise<void> {
  const rename = trial.atNameNodes(
    { op: "RENAME" },
    { kind: "cut", side: "answer", afterBytes: 0, from: "head", how: "silence" },
  );
  const path = (await rename.hit()).query.get("destination") ?? "";
  await trial.there(path);
  await take(path);
}
