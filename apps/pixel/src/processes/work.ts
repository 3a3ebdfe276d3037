import type { Order, Answers, FlowAddresses } from "./messages.ts";

/** What one process runs: the same half of several flows. */
export interface Work {
  readonly answers: Answers;
  /** @throws what could not be opened, after everything else was closed again. */
  open(): Promise<readonly FlowAddresses[]>;
  /** Something happened in another process. */
  heard(order: Extract<Order, { type: "sealed" | "freed" }>): void;
  /** @returns the failures; none when all closed as it should. */
  close(budgetMs: number): Promise<readonly unknown[]>;
}

/** Runs `open` for each in turn; when one fails, closes all that were begun. */
export async function openAll<Part>(
  parts: readonly Part[],
  open: (part: Part) => Promise<void>,
  close: (part: Part) => Promise<void>,
): Promise<void> {
  const begun: Part[] = [];
  try {
    for (const part of parts) {
      begun.push(part);
      await open(part);
    }
  } catch (error) {
    await Promise.allSettled(begun.map(close));
    throw error;
  }
}

/** Runs `close` for all side by side, and each whatever the others say. */
export async function closeAll<Part>(
  parts: readonly Part[],
  close: (part: Part) => Promise<void>,
): Promise<readonly unknown[]> {
  const results = await Promise.allSettled(parts.map(close));
  return results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
}
