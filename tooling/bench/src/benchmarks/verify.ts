import type { BenchmarkResult } from "../figure.ts";
import { RoleProcess } from "../role-process.ts";
import { withDirectory } from "../spool-files.ts";
import { ratiosOf } from "../statistics.ts";

/** How much of it is done. */
export interface VerifyOptions {
  readonly rounds: number;
  /** Records of the batch. @default 200000: 193 MB */
  readonly records?: number;
}

/** Reading and verifying a batch through the drain, against the bare checksum of as many bytes in memory. */
export async function verifyBenchmark({
  rounds,
  records = 200_000,
}: VerifyOptions): Promise<BenchmarkResult> {
  return withDirectory(async (dir) => {
    const role = new RoleProcess("verify-role", { core: 0, arguments: [dir] });
    try {
      const megabytes = (await role.ask<number>("prepare", records)) / 1e6;
      const reads: number[] = [];
      const checksums: number[] = [];
      for (let round = 0; round <= rounds; round++) {
        const read = await role.ask<{ ms: number; records: number }>("read");
        const checksumMs = await role.ask<number>("checksum");
        if (read.records !== records) throw new Error(`${read.records} records of ${records} were read`);
        if (round === 0) continue;
        reads.push((megabytes * 1000) / read.ms);
        checksums.push((megabytes * 1000) / checksumMs);
      }
      return {
        name: "verify",
        events: records * rounds,
        figures: [
          {
            name: "read and verify / bare crc32, MB/s",
            rounds: ratiosOf(reads, checksums),
            unit: "",
            goal: { atLeast: 0.5 },
          },
          { name: "read and verify", rounds: reads, unit: "MB/s", goal: undefined },
          { name: "bare crc32", rounds: checksums, unit: "MB/s", goal: undefined },
        ],
      };
    } finally {
      await role.close();
    }
  });
}
