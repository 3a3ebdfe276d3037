import type { Fault } from "../fault.ts";
import type { Trial } from "../trial.ts";

const theRequests = { cluster: "single", touches: "requests" } as const;

interface Step {
  readonly name: string;
  readonly op: string;
  readonly at: "NameNodes" | "DataNodes";
  readonly quick?: boolean;
}

/** The requests of one delivery, in their order. */
const steps: readonly Step[] = [
  { name: "CREATE at the NameNode", op: "CREATE", at: "NameNodes" },
  { name: "CREATE at the DataNode (the 201)", op: "CREATE", at: "DataNodes", quick: true },
  { name: "GETFILESTATUS", op: "GETFILESTATUS", at: "NameNodes" },
  { name: "GETFILECHECKSUM at the NameNode", op: "GETFILECHECKSUM", at: "NameNodes" },
  { name: "GETFILECHECKSUM at the DataNode", op: "GETFILECHECKSUM", at: "DataNodes" },
  { name: "RENAME", op: "RENAME", at: "NameNodes", quick: true },
];

/** What was done, and nobody was told; or is done later than anybody thinks. */
export const answerFaults: readonly Fault[] = [
  ...steps.flatMap(({ name, op, at, quick = false }) =>
    (["fin", "rst"] as const).map((how): Fault => ({
      ...theRequests,
      name: `answer to ${name} lost, ${how.toUpperCase()}`,
      quick: quick && how === "rst",
      make: (trial) => loseAnswer(trial, { op, at, how }),
    })),
  ),
  {
    ...theRequests,
    name: "no answer to RENAME, connected",
    quick: true,
    async make(trial) {
      const fault = { kind: "cut", side: "answer", afterBytes: 0, from: "head", how: "silence" } as const;
      await trial.atNameNodes({ op: "RENAME" }, fault).hit();
      await trial.failed(/NO_ANSWER/);
    },
  },
  {
    ...theRequests,
    name: "ten answers to RENAME lost in a row",
    async make(trial) {
      const lost = trial.proxies.nameNodes[0]?.on(
        { op: "RENAME", times: 10 },
        { kind: "swallow", how: "rst" },
      );
      await lost?.hit(10);
    },
  },
  {
    ...theRequests,
    name: "RENAME held, done after another one was",
    quick: true,
    async make(trial) {
      const rename = trial.atNameNodes({ op: "RENAME" }, { kind: "hold" });
      const { path } = await rename.hit();
      await trial.renamed(path);
      rename.release();
    },
  },
  {
    ...theRequests,
    name: "RENAME held, done after a consumer took the file",
    async make(trial) {
      const rename = trial.atNameNodes({ op: "RENAME" }, { kind: "hold" });
      const { path, query } = await rename.hit();
      await trial.renamed(path);
      await trial.take(query.get("destination") ?? "");
      rename.release();
    },
  },
];

async function loseAnswer(
  trial: Trial,
  { op, at, how }: { op: string; at: Step["at"]; how: "fin" | "rst" },
): Promise<void> {
  const fault = { kind: "swallow", how } as const;
  const lost = at === "NameNodes" ? trial.atNameNodes({ op }, fault) : trial.atDataNodes({ op }, fault);
  await lost.hit();
}
