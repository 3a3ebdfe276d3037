import { expect, test } from "vitest";
import { DeliveryJournal, DeliveryNotes, isUndecided } from "../src/delivery-journal.ts";

const file = { path: "/out/.f.ULID", id: "17", bytes: 9 };

test("a batch is undecided from verified to withdrawn, and when its notes cannot be read", async () => {
  const notes: Uint8Array[] = [];
  const journal = new DeliveryJournal(new DeliveryNotes(), async (bytes) => void notes.push(bytes));
  expect(isUndecided(notes)).toBe(false);
  await journal.begun(file.path, 1);
  expect(isUndecided(notes)).toBe(false);
  await journal.verified({ file, records: 3 });
  expect(isUndecided(notes)).toBe(true);
  await journal.begun("/out/.f.OTHER", 2);
  expect(isUndecided(notes)).toBe(true);
  await journal.withdrawn(file.path);
  expect(isUndecided(notes)).toBe(false);
  expect(isUndecided([...notes, Buffer.from('{"v":2}')])).toBe(true);
});
