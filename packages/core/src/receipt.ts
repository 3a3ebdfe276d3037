/** What a sink says of a batch that is durable and visible at its destination. */
export interface Receipt {
  /** Where it lies now, as an operator would look for it: a path or a URL without credentials. */
  readonly destination: string;
  readonly records: number;
  /** Length of what was written, in bytes. */
  readonly bytes: number;
  /** `algorithm:hex`, where the destination has one. */
  readonly checksum?: string;
  /** Something is left to clean up there: the journal outlives the batch, until its `endJournal`. */
  readonly keepsJournal?: boolean;
}
