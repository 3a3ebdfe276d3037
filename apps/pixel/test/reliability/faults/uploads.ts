import type { Fault } from "../fault.ts";
import type { Trial } from "../trial.ts";

const theRequests = { cluster: "single", touches: "requests" } as const;

/** Around the ends of a chunk, a packet's checksum unit and a block; a batch of these trials has some 60 KB at least. */
const someBytes = [0, 1, 511, 4096, 32_767, 32_769];

/** An upload that breaks off leaves a closed, ordinary-looking short file in HDFS. */
export const uploadFaults: readonly Fault[] = [
  ...(["fin", "rst"] as const).map((how): Fault => ({
    ...theRequests,
    name: `uploads cut after ${someBytes.join(", ")} bytes, ${how.toUpperCase()}`,
    quick: true,
    make: (trial) => cutUploads(trial, how, someBytes),
  })),
  ...(["fin", "rst"] as const).map((how): Fault => ({
    ...theRequests,
    name: `uploads cut after 30 random numbers of bytes, ${how.toUpperCase()}`,
    make: (trial) =>
      cutUploads(
        trial,
        how,
        Array.from({ length: 30 }, () => Math.floor(trial.random.next() * 40_000)),
      ),
  })),
  {
    ...theRequests,
    name: "an upload that stops in the middle, connected",
    async make(trial) {
      const upload = trial.atDataNodes(
        { op: "CREATE" },
        { kind: "cut", side: "request", afterBytes: 20_000, how: "silence" },
      );
      await upload.hit();
      await trial.delivered(2);
    },
  },
  {
    ...theRequests,
    name: "DataNodes take 8 KiB a second",
    async make(trial) {
      const upload = trial.atDataNodes(
        { op: "CREATE", times: 4 },
        { kind: "throttle", bytesPerSecond: 8 * 1024 },
      );
      await upload.hit();
      await trial.delivered(1);
    },
  },
];

/** One after the other, so that a delivery in between may succeed. */
async function cutUploads(trial: Trial, how: "fin" | "rst", cuts: readonly number[]): Promise<void> {
  for (const afterBytes of cuts) {
    const cut = trial.atDataNodes({ op: "CREATE" }, { kind: "cut", side: "request", afterBytes, how });
    await cut.hit();
    cut.release();
  }
}
