import { strict as assert } from "node:assert";
import type { Socket } from "node:net";
import { readVInt, vlongLengthOf } from "@sewer/writable";
import { Connection } from "../../src/connection.ts";
import { refusalReasons } from "../../src/refusals.ts";
import { fakeConnection, FakeSocket } from "../support/fake-socket.ts";
import type { Outcome, Served } from "./outcome.ts";

const { engine, channel, statistics } = fakeConnection(
  {},
  // What is compared is what is recorded.
  { methods: "any", headers: ["x-a"], body: { record: true } },
);
const address = Buffer.from("192.0.2.7", "latin1");

/**
 * What our server makes of an input that comes in pieces. It throws when the number of records is not that of
 * the 204s, and when a connection keeps memory after its end.
 */
export function askOurs(pieces: readonly Buffer[]): Outcome {
  channel.records.length = 0;
  const bodyBytesBefore = statistics.bodyBytes;
  const refusedBefore = { ...statistics.refused };
  const socket = new FakeSocket();
  const connection = new Connection(socket as unknown as Socket, engine, address);
  for (const piece of pieces) connection.read(piece);
  const { statuses, isEnded } = socket;
  const reason = refusalReasons.find((name) => statistics.refused[name] !== refusedBefore[name]);
  connection.closed();
  const good = statuses.filter((status) => status === 204).length;
  assert.equal(channel.records.length, good, "as many records as 204s");
  assert.equal(statuses.filter((status) => status >= 400).length, reason === undefined ? 0 : 1);
  assert.equal(isEnded, reason !== undefined || /\r\nConnection: close\r\n/.test(socket.written));
  assert.equal(statistics.bufferedBytes, 0, "nothing is held for a closed connection");
  return {
    served: channel.records.map((record) => servedOf(record)),
    end: reason ?? (isEnded ? "closed" : "more"),
    bodyBytes: statistics.bodyBytes - bodyBytesBefore,
  };
}

/** A record byte for byte (docs/formats/record.md). */
function servedOf(record: Buffer): Served {
  const flags = record[0]!;
  let position = 1 + vlongLengthOf(record[1]!);
  const text = (): string => {
    const length = readVInt(record, position);
    const start = position + vlongLengthOf(record[position]!);
    position = start + length;
    return record.toString("latin1", start, position);
  };
  const optional = (bit: number): string | null => {
    const value = text();
    return (flags & bit) === 0 ? value : null;
  };
  assert.equal(text(), "192.0.2.7");
  const int32 = (): number => {
    position += 4;
    return record.readInt32BE(position - 4);
  };
  const extra = (): string[] =>
    Array.from({ length: int32() }, () => {
      assert.equal(text(), "x-a");
      return text();
    });
  const body = (): string => {
    const length = int32();
    position += length;
    return record.toString("latin1", position - length, position);
  };
  const fields = {
    host: text(),
    path: text(),
    query: optional(1),
    referer: optional(2),
    userAgent: optional(4),
    cookies: optional(8),
  };
  const served = { method: text(), ...fields, extra: extra(), body: body() };
  assert.equal(position, record.length, "a record ends with its last field");
  return served;
}
