import { describe, expect, it } from "vitest";
import { saltOf } from "../../src/format/crc.ts";
import { decodeFrameHeader, encodeFrameHeader, frameTypes } from "../../src/format/frame.ts";
import { decodeHeader, encodePreamble } from "../../src/format/header.ts";
import { decodeSealFrame, encodeSeal } from "../../src/format/seal.ts";

const batchId = "01JZZZZZZZ0123456789ABCDEF-00000007";
const createdMs = 1_767_225_600_000;
const meta = Buffer.from("{}");
const salt = saltOf(batchId);

describe("the bytes of a segment (docs/formats/spool.md has the same hex)", () => {
  it("header and meta, twice", () => {
    const preamble = encodePreamble(batchId, createdMs, meta);
    expect(preamble.toString("hex")).toBe(
      "535753504f4f4c3101004000000000000197ffffffff00443214c74254b635cf070000000200000000a8da769b010000" +
        "e045452800000000000000006502a9f07b7d535753504f4f4c3101004000000000000197ffffffff00443214c74254b6" +
        "35cf070000000200000000a8da769b010000e045452800000000000000006502a9f07b7d",
    );
    expect(decodeHeader(preamble, batchId)).toMatchObject({ kind: "known", header: { batchId, createdMs } });
  });

  it("frame", () => {
    const frame = Buffer.concat([Buffer.alloc(32), Buffer.from("0500000068656c6c6f00000000", "hex")]);
    encodeFrameHeader(frame, { recordCount: 2, firstIndex: 3, type: frameTypes.records, ageMs: 250 }, salt);
    expect(frame.toString("hex")).toBe(
      "535746310d000000020000000300000000000000fa0000006595b2275d1911820500000068656c6c6f00000000",
    );
    expect(decodeFrameHeader(frame, salt)).toMatchObject({ recordCount: 2, firstIndex: 3, ageMs: 250 });
  });

  it("seal", () => {
    const seal = {
      reason: "age",
      recordCount: 5,
      payloadBytes: 26,
      firstMs: createdMs,
      lastMs: createdMs + 250,
      frameCount: 2,
      chain: 0x01020304,
      syncedBytes: 1000,
      meta,
    } as const;
    const frame = encodeSeal(seal, salt);
    expect(frame.toString("hex")).toBe(
      "5357463146000000000000000500000001000000fa0000009ef785241f5a1e3f01000000020000000500000000000000" +
        "1a0000000000000000a8da769b010000faa8da769b0100000200000004030201e8030000000000000000000000000000" +
        "7b7d66000000",
    );
    expect(decodeSealFrame(frame, salt)).toEqual(seal);
  });

  it("nothing verifies under another batch id", () => {
    const other = "01JZZZZZZZ0123456789ABCDEF-00000008";
    expect(decodeHeader(encodePreamble(batchId, createdMs, meta), other)).toBeUndefined();
  });
});
