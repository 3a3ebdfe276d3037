import type { BatchOrigin, Frame, Receipt, SettleableBatch } from "@sewer/core";

/** A batch of one record that is on no disk. */
export class FakeBatch implements SettleableBatch {
  readonly id: string;
  readonly meta = Buffer.from("{}");
  readonly sink = "main";
  readonly origin: BatchOrigin;
  readonly recordCount = 1;
  readonly readableCount = 1;
  readonly bytes = 8;
  readonly firstMs = 0;
  readonly lastMs = 0;
  readonly receipts: Receipt[] = [];
  readonly reasons: string[] = [];
  /** Everything that was kept of its attempts, oldest first. */
  readonly kept: Uint8Array[] = [];
  saveFault: Error | undefined;
  acknowledgeFault: Error | undefined;
  quarantineFault: Error | undefined;

  constructor(id: string, origin: BatchOrigin = "fresh") {
    this.id = id;
    this.origin = origin;
  }

  async *frames(): AsyncGenerator<Frame, void, undefined> {
    const payload = Buffer.alloc(4 + this.id.length);
    payload.writeUInt32LE(this.id.length);
    payload.write(this.id, 4);
    yield { recordCount: 1, payload };
  }

  async note(): Promise<void> {}

  async notes(): Promise<readonly Uint8Array[]> {
    return [];
  }

  async endJournal(): Promise<boolean> {
    return false;
  }

  async acknowledge(receipt: Receipt): Promise<void> {
    if (this.acknowledgeFault !== undefined) throw this.acknowledgeFault;
    this.receipts.push(receipt);
  }

  async quarantine(reason: string): Promise<void> {
    if (this.quarantineFault !== undefined) throw this.quarantineFault;
    this.reasons.push(reason);
  }

  async saveRetry(bytes: Uint8Array): Promise<void> {
    if (this.saveFault !== undefined) throw this.saveFault;
    this.kept.push(bytes);
  }

  async loadRetry(): Promise<Uint8Array | undefined> {
    return this.kept.at(-1);
  }
}
