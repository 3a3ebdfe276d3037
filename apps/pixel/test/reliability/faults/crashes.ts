import { join } from "node:path";
import type { Fault } from "../fault.ts";
import { onSpoolChange, type SpoolChange } from "../spool-events.ts";
import type { Armed, Trial } from "../trial.ts";

const theRequests = { cluster: "single", touches: "requests" } as const;

interface Step {
  readonly name: string;
  readonly op: string;
  readonly path?: RegExp;
  readonly at?: "DataNodes";
  /** Whether it is kept from the other side when the server is killed, or the answer from the server. */
  readonly held: "request" | "answer";
  readonly quick?: boolean;
}

const temporary = /\/\.data[^/]*$/;
const final = /\/data[^/]*$/;

/** Where the server is killed in a delivery, in the order in which it comes there. */
const steps: readonly Step[] = [
  { name: "CREATE is at the NameNode", op: "CREATE", held: "request" },
  { name: "the NameNode has named a DataNode", op: "CREATE", held: "answer" },
  { name: "CREATE is at the DataNode", op: "CREATE", at: "DataNodes", held: "request", quick: true },
  { name: "the file is written, before the 201", op: "CREATE", at: "DataNodes", held: "answer", quick: true },
  { name: "GETFILESTATUS is asked", op: "GETFILESTATUS", path: temporary, held: "request" },
  { name: "GETFILESTATUS is answered", op: "GETFILESTATUS", path: temporary, held: "answer" },
  { name: "GETFILECHECKSUM is asked", op: "GETFILECHECKSUM", held: "request" },
  { name: "GETFILECHECKSUM is answered", op: "GETFILECHECKSUM", at: "DataNodes", held: "answer" },
  { name: "RENAME is sent", op: "RENAME", held: "request", quick: true },
  { name: "RENAME is done, before the answer", op: "RENAME", held: "answer", quick: true },
  { name: "the file is looked at under its name", op: "GETFILESTATUS", path: final, held: "request" },
  { name: "the file was found under its name", op: "GETFILESTATUS", path: final, held: "answer" },
];

interface Write {
  readonly name: string;
  /** Below the spool. */
  readonly room: string;
  readonly isIt: (change: SpoolChange) => boolean;
  readonly quick?: boolean;
}

/** What the server writes down in a delivery. It is killed as soon as somebody else can see it. */
const writes: readonly Write[] = [
  { name: "the journal says begun", room: "q/main", isIt: says('"begun"') },
  { name: "the journal says verified", room: "q/main", isIt: says('"verified"'), quick: true },
  { name: "the receipt is written", room: "receipts", isIt: ({ text }) => text?.endsWith("\n") === true },
  {
    name: "the batch is unlinked",
    room: "q/main",
    isIt: ({ file, text }) => file.endsWith(".seal") && text === undefined,
    quick: true,
  },
  {
    name: "its journal is unlinked",
    room: "q/main",
    isIt: ({ file, text }) => file.endsWith(".jnl") && text === undefined,
  },
];

/** SIGKILL to the server at every step of a delivery, and at everything that it writes down. */
export const crashFaults: readonly Fault[] = [
  ...steps.map((step): Fault => ({
    ...theRequests,
    name: `server killed when ${step.name}`,
    quick: step.quick ?? false,
    async make(trial) {
      const held = hold(trial, step);
      await held.hit();
      await trial.server.kill();
      held.release();
    },
  })),
  ...writes.map(({ name, room, isIt, quick = false }): Fault => ({
    ...theRequests,
    name: `server killed when ${name}`,
    quick,
    async make({ server }) {
      await onSpoolChange(join(server.spool, room), isIt, () => server.signal("SIGKILL"));
      await server.kill();
    },
  })),
  {
    ...theRequests,
    name: "server killed when RENAME is sent, which is done after the next server did it",
    quick: true,
    async make(trial) {
      const held = hold(trial, { op: "RENAME", held: "request" });
      const { path } = await held.hit();
      await trial.server.kill();
      await trial.server.start();
      await trial.renamed(path);
      held.release();
    },
  },
  {
    ...theRequests,
    name: "server killed when CREATE is at the DataNode, which writes it after the next server was done",
    sink: { janitorDelay: "60s" },
    async make(trial) {
      const held = hold(trial, { op: "CREATE", at: "DataNodes", held: "request" });
      await held.hit();
      await trial.server.kill();
      await trial.server.start();
      await trial.delivered(2);
      held.release();
    },
  },
  {
    ...theRequests,
    name: "server killed 10 times at random",
    async make(trial) {
      for (let kill = 0; kill < 10; kill++) {
        const answers = 1 + Math.floor(trial.random.next() * 300);
        await trial.answered(answers);
        await trial.server.kill();
        await trial.server.start();
      }
    },
  },
];

function hold(trial: Trial, { op, path, at, held }: Pick<Step, "op" | "path" | "at" | "held">): Armed {
  const match = path === undefined ? { op } : { op, path };
  const fault = { kind: "hold", side: held } as const;
  return at === "DataNodes" ? trial.atDataNodes(match, fault) : trial.atNameNodes(match, fault);
}

function says(word: string): Write["isIt"] {
  return ({ file, text }) => file.endsWith(".jnl") && text?.includes(word) === true;
}
