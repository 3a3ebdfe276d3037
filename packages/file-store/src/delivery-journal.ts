import { SewerError, type BatchJournal } from "@sewer/core";
import { fileStoreErrors } from "./errors.ts";
import type { VerifiedFile } from "./file-store.ts";

/** A file that needs nothing but its final name. */
export interface ReadyFile {
  readonly file: VerifiedFile;
  readonly records: number;
}

/** One note: UTF-8 JSON (docs/formats/delivery-journal.md). `file` is the path of a temporary file. */
type Note =
  | { readonly v: 1; readonly step: "begun"; readonly file: string; readonly time: number }
  | ({ readonly v: 1; readonly step: "verified"; readonly file: string } & Verified)
  | { readonly v: 1; readonly step: "withdrawn"; readonly file: string };

interface Verified {
  readonly id: string;
  readonly bytes: number;
  readonly checksum?: string;
  readonly records: number;
}

/** What was noted of the attempts to deliver a batch. */
export class DeliveryNotes {
  /** The temporary files that were begun, published and withdrawn ones too; oldest first. */
  readonly begun: string[] = [];
  /** When the newest was begun, epoch milliseconds; 0 without one. */
  begunMs = 0;
  /** The file that must be published, or withdrawn, before another one is begun. */
  ready: ReadyFile | undefined;

  /** @throws SewerError `SEWER_FILE_JOURNAL_UNKNOWN` (scope `batch`, permanent); what `journal.notes` throws. */
  static async of(journal: BatchJournal): Promise<DeliveryNotes> {
    const notes = new DeliveryNotes();
    for (const bytes of await journal.notes()) notes.add(parse(bytes) ?? unknownNote(journal.id));
    return notes;
  }

  /** Takes in one more note. */
  add(note: Note): void {
    if (note.step === "begun") {
      this.begun.push(note.file);
      this.begunMs = note.time;
    } else if (note.step === "verified") {
      const { file: path, id, bytes, checksum, records } = note;
      this.ready = { file: { path, id, bytes, ...(checksum !== undefined && { checksum }) }, records };
    } else if (this.ready?.file.path === note.file) {
      this.ready = undefined;
    }
  }

  /** Temporary files beside `published` that a request which hangs somewhere may still make. */
  leftOvers(published?: string): string[] {
    return this.begun.filter((file) => file !== published);
  }
}

/**
 * True when a file was verified and not withdrawn: it may be published. So it is, too, when this version cannot
 * read what was noted.
 */
export function isUndecided(notes: readonly Uint8Array[]): boolean {
  const known = new DeliveryNotes();
  for (const bytes of notes) {
    const note = parse(bytes);
    if (note === undefined) return true;
    known.add(note);
  }
  return known.ready !== undefined;
}

/** Writes {@link DeliveryNotes}: each is on disk before the step it speaks of, or that follows it, is taken. */
export class DeliveryJournal {
  readonly notes: DeliveryNotes;
  readonly #write: (bytes: Uint8Array) => Promise<void>;

  constructor(notes: DeliveryNotes, write: (bytes: Uint8Array) => Promise<void>) {
    this.notes = notes;
    this.#write = write;
  }

  /** A file is about to be begun. */
  begun(file: string, time: number): Promise<void> {
    return this.#note({ v: 1, step: "begun", file, time });
  }

  /** A file was written and compared: from here on it can be published by nothing but its name. */
  verified({ file, records }: ReadyFile): Promise<void> {
    const { path, id, bytes, checksum } = file;
    const known = checksum === undefined ? {} : { checksum };
    return this.#note({ v: 1, step: "verified", file: path, id, bytes, ...known, records });
  }

  /** A verified file can never be published any more. */
  withdrawn(file: string): Promise<void> {
    return this.#note({ v: 1, step: "withdrawn", file });
  }

  async #note(note: Note): Promise<void> {
    await this.#write(Buffer.from(JSON.stringify(note), "utf8"));
    this.notes.add(note);
  }
}

/** @returns undefined for what this version does not know. The journal's own checksum guards its bytes. */
function parse(bytes: Uint8Array): Note | undefined {
  try {
    const note = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<Note> | null;
    const isKnown = note?.v === 1 && ["begun", "verified", "withdrawn"].includes(note.step ?? "");
    return isKnown ? (note as Note) : undefined;
  } catch {
    return undefined;
  }
}

function unknownNote(batchId: string): never {
  const message =
    `the journal of batch ${batchId} holds notes that this version cannot read, so it cannot know whether the ` +
    "batch was published; requeue it with the version that wrote them, or a later one";
  throw new SewerError(fileStoreErrors.journalUnknown, message, { scope: "batch", retry: "permanent" });
}
