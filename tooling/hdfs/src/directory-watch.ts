import { setTimeout as pause } from "node:timers/promises";
import type { HdfsFileStatus } from "./hdfs-files.ts";

/** So many different listings are kept; more fail. */
const listingsMax = 10_000;

/** How a directory is looked at. */
export interface WatchOptions {
  /** Pause between two looks, in milliseconds. @default 0 */
  readonly everyMs?: number;
}

/**
 * Sees a directory as a reader does who looks all the time: one listing after the other, each kept that differs
 * from the one before. Listings that fail, of a NameNode that is gone or in between, are counted.
 */
export class DirectoryWatch {
  /** Each different listing, in their order. */
  readonly listings: (readonly HdfsFileStatus[])[] = [];
  /** How many listings were made, the equal ones too. */
  looks = 0;
  /** How many failed. */
  failures = 0;
  readonly #list: () => Promise<HdfsFileStatus[]>;
  readonly #everyMs: number;
  readonly #done: Promise<void>;
  #isStopped = false;
  #last = "";

  /** @internal */
  constructor(list: () => Promise<HdfsFileStatus[]>, { everyMs = 0 }: WatchOptions = {}) {
    this.#list = list;
    this.#everyMs = everyMs;
    this.#done = this.#run();
    // Met by stop().
    this.#done.catch(() => {});
  }

  /** Looks once more and stops. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
    await this.#look();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        await this.#look();
        if (this.#everyMs > 0) await pause(this.#everyMs);
      } catch {
        this.failures += 1;
        // A port that refuses must not keep this process busy.
        await pause(10);
      }
      if (this.listings.length > listingsMax) throw new Error(`more than ${listingsMax} different listings`);
    }
  }

  async #look(): Promise<void> {
    const listing = await this.#list();
    this.looks += 1;
    const text = JSON.stringify(listing);
    if (text !== this.#last) this.listings.push(listing);
    this.#last = text;
  }
}
