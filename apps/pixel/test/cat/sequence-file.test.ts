import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessLogEvent, extendedAccessLogEvent, openSequenceFile } from "@sewer/writable";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fixture, printed, writeSequenceFile } from "./support.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sewer-cat-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const event = {
  timestamp: 1_764_150_000_000,
  ip: "203.0.113.7",
  host: "pixel.example.com",
  requestPath: "/p.gif",
  queryString: "q=ä&\u0001",
  referer: null,
  userAgent: "",
  cookies: null,
};

describe("events", () => {
  test("print flat, and what was null is empty as the file says", async () => {
    const path = await writeSequenceFile(directory, "sewer.AccessLogEvent", [accessLogEvent.encode(event)]);
    const { lines, error } = await printed(path);
    expect(error).toBeUndefined();
    expect(lines).toEqual([
      `{"timestamp":1764150000000,"ip":"203.0.113.7","host":"pixel.example.com","requestPath":"/p.gif",` +
        `"queryString":"q=ä&\\u0001","referer":"","userAgent":"","cookies":""}`,
    ]);
  });

  test("extended ones too: headers as pairs, the body as base64", async () => {
    const headers = [["dnt", "1"] as const];
    const bytes = extendedAccessLogEvent.encode({
      ...event,
      method: "POST",
      headers,
      body: Buffer.from([0, 255]),
    });
    const { lines } = await printed(
      await writeSequenceFile(directory, "sewer.ExtendedAccessLogEvent", [bytes]),
    );
    expect(lines[0]).toMatch(/"cookies":"","method":"POST","headers":\[\["dnt","1"\]\],"body":"AP8="}$/);
  });

  test("no control character of an event reaches the terminal", async () => {
    const controls =
      Array.from({ length: 0xa0 }, (_, code) => String.fromCodePoint(code)).join("") + "\u2028\u2029";
    const bytes = accessLogEvent.encode({ ...event, userAgent: controls, referer: '"},{"' });
    const { lines } = await printed(await writeSequenceFile(directory, "sewer.AccessLogEvent", [bytes]));
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    expect(lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(JSON.parse(lines[0]!)).toMatchObject({ userAgent: controls, referer: '"},{"' });
  });

  test("a timestamp beyond 2^53 is a decimal text", async () => {
    const late = accessLogEvent.encode({ ...event, timestamp: 9_007_199_254_740_993n });
    const { lines } = await printed(await writeSequenceFile(directory, "sewer.AccessLogEvent", [late]));
    expect(lines[0]).toMatch(/^\{"timestamp":"9007199254740993",/);
  });

  test("of the original have their sortHash", async () => {
    const known = readFileSync(fixture("accesslogevent.jsonl"), "utf8").trim().split("\n");
    const events = known.map((line) => JSON.parse(line) as Record<string, string | null>);
    const keys = events.map(({ hex }) => Buffer.from(hex ?? "", "hex"));
    const path = await writeSequenceFile(
      directory,
      "net.pixelcop.sewer.source.http.AccessLogEvent",
      keys,
      false,
    );
    const { lines, error } = await printed(path);
    expect(error).toBeUndefined();
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      events.map((fields) => ({
        ...Object.fromEntries(
          Object.entries(fields)
            .filter(([name]) => name !== "hex" && name !== "toString")
            .map(([name, value]) => [name, value ?? ""]),
        ),
        timestamp: Number(fields["timestamp"]),
      })),
    );
  });

  test("a key that is no event is damage, and what else there is is printed", async () => {
    const good = accessLogEvent.encode(event);
    const path = await writeSequenceFile(directory, "sewer.AccessLogEvent", [
      good,
      good.subarray(0, 20),
      good,
    ]);
    const { lines, error } = await printed(path);
    expect(lines).toHaveLength(2);
    expect(error).toMatchObject({
      code: "SEWER_CAT_DAMAGED",
      message: expect.stringMatching(/^damaged at record 2: /),
    });
  });
});

describe("files of Hadoop's own writer", () => {
  test("plain and compressed print the same", async () => {
    const plain = await printed(fixture("none_long_text.seq"));
    expect(plain.error).toBeUndefined();
    expect(plain.lines).toHaveLength(60);
    expect(plain.lines[1]).toBe('{"key":-3580246881348,"value":"pixel"}');
    expect(await printed(fixture("block_gzip_long_text.seq"))).toEqual(plain);
  });

  test("raw is the serialized bytes", async () => {
    const { lines } = await printed(fixture("none_long_text.seq"), { isRaw: true });
    expect(lines[1]).toBe('{"key":"fffffcbe68a80bbc","value":"05706978656c"}');
  });

  test("an empty one prints nothing", async () => {
    expect(await printed(fixture("none_empty.seq"))).toEqual({ lines: [], error: undefined });
  });

  /** Copies of the files of three writers: each group holds the same records in every compression and codec. */
  const groups = [
    { folder: "hadoop", files: /_long_text\.seq$/, plain: "none_long_text.seq", count: 9 },
    { folder: "colinmarc", files: /./, plain: "uncompressed.sequencefile", count: 12 },
    { folder: "xorlev", files: /./, plain: "abc_long_text_none.seq", count: 8 },
  ].map(({ folder, files, plain, count }) => {
    const at = new URL(`../../../../packages/writable/test/fixtures/${folder}/`, import.meta.url).pathname;
    const names = readdirSync(at).filter((name) => files.test(name));
    return { count, plain: join(at, plain), paths: names.map((name) => join(at, name)) };
  });

  test("every compression and codec, of three writers, prints what the uncompressed file prints", async () => {
    for (const { count, plain, paths } of groups) {
      expect(paths).toHaveLength(count);
      for (const isRaw of [false, true]) {
        const expected = await printed(plain, { isRaw });
        expect(expected.error).toBeUndefined();
        for (const path of paths) expect([path, await printed(path, { isRaw })]).toEqual([path, expected]);
      }
    }
  });

  test.each([false, true])(
    "each of them, cut and damaged, prints lines of the whole, then where it is wrong; raw: %s",
    async (isRaw) => {
      const path = join(directory, "damaged.seq");
      for (const file of groups.flatMap(({ paths }) => paths)) {
        const { lines: all } = await printed(file, { isRaw });
        const bytes = await readFile(file);
        const { header } = await openSequenceFile(bytes);
        const body = bytes.indexOf(header.syncMarker!) + 16;
        for (const cut of [body + 9, bytes.length - 1]) {
          await writeFile(path, bytes.subarray(0, cut));
          const { lines, error } = await printed(path, { isRaw });
          expect(lines, `${file} cut at ${cut}`).toEqual(all.slice(0, lines.length));
          expect(error, `${file} cut at ${cut}`).toMatchObject({ code: "SEWER_CAT_DAMAGED" });
        }
        // The first length behind the header, or the escape of its first sync.
        bytes[body] = 0x80;
        await writeFile(path, bytes);
        const { lines, error } = await printed(path, { isRaw });
        expect(all, file).toEqual(expect.arrayContaining(lines));
        expect(error, file).toMatchObject({
          code: "SEWER_CAT_DAMAGED",
          message: expect.stringMatching(new RegExp(`^damaged at byte ${body}: `)),
        });
      }
    },
  );

  test("a codec that is not known is named", async () => {
    const bytes = await readFile(fixture("block_bzip2_long_text.seq"));
    const path = join(directory, "lzo.seq");
    await writeFile(
      path,
      Buffer.from(bytes.toString("latin1").replace("BZip2Codec", "LzopCodecs"), "latin1"),
    );
    const { lines, error } = await printed(path);
    expect(lines).toEqual([]);
    expect(error).toMatchObject({ code: "SEWER_CAT_FORMAT", message: expect.stringContaining("LzopCodecs") });
  });

  test("damage in the middle: what is behind it is printed too, then the error of the first place", async () => {
    const { lines: all } = await printed(fixture("block_bzip2_long_text.seq"));
    const bytes = await readFile(fixture("block_bzip2_long_text.seq"));
    const { header } = await openSequenceFile(bytes);
    const blocks = placesOf(bytes, header.syncMarker!).slice(1);
    expect(blocks.length).toBeGreaterThan(3);
    bytes[blocks[0]! + 60]! ^= 0xff;
    bytes[blocks[2]! + 60]! ^= 0xff;
    const path = join(directory, "damaged.seq");
    await writeFile(path, bytes);
    const { lines, error } = await printed(path);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(all.length);
    expect(all).toEqual(expect.arrayContaining(lines));
    expect(lines.at(-1)).toBe(all.at(-1));
    expect(error).toMatchObject({
      code: "SEWER_CAT_DAMAGED",
      message: expect.stringMatching(
        new RegExp(`^damaged at byte ${blocks[0]! - 4}: .*\\(the first of 2 places\\)$`),
      ),
    });
  });

  test("cut anywhere: what is whole is printed, then the error with its byte", async () => {
    const bytes = await readFile(fixture("none_long_text.seq"));
    const { lines: all } = await printed(fixture("none_long_text.seq"));
    const path = join(directory, "cut.seq");
    for (const length of [4, 60, 100, 1999, 4000, bytes.length - 1]) {
      await writeFile(path, bytes.subarray(0, length));
      const { lines, error } = await printed(path);
      expect(lines).toEqual(all.slice(0, lines.length));
      expect(error, `cut at ${length}`).toMatchObject({
        code: "SEWER_CAT_DAMAGED",
        message: expect.stringMatching(/^damaged at byte \d+: /),
      });
    }
    expect((await printed(path)).lines).toHaveLength(59);
  });
});

test("Writables of every class that Hadoop has as JSON", async () => {
  const known = readFileSync(fixture("writables.jsonl"), "utf8").trim().split("\n");
  for (const line of known) {
    const { class: className, value, hex } = JSON.parse(line) as Record<string, string>;
    if (className === undefined || !/\.(?:V?(?:Int|Long)|Byte|Short)Writable$/.test(className)) continue;
    const path = await writeSequenceFile(directory, className, [Buffer.from(hex ?? "", "hex")]);
    const { lines } = await printed(path);
    const number = Number(value);
    const expected = Number.isSafeInteger(number) ? number : value;
    expect(JSON.parse(lines[0] ?? "null"), line).toEqual({ key: expected, value: 1 });
  }
  const of = async (className: string, hex: string): Promise<unknown> => {
    const path = await writeSequenceFile(directory, className, [Buffer.from(hex, "hex")]);
    const { lines } = await printed(path);
    return (JSON.parse(lines[0] ?? "null") as { key: unknown }).key;
  };
  const io = "org.apache.hadoop.io.";
  expect(await of(`${io}NullWritable`, "")).toBe(null);
  expect(await of(`${io}BooleanWritable`, "01")).toBe(true);
  expect(await of(`${io}DoubleWritable`, "3ff8000000000000")).toBe(1.5);
  expect(await of(`${io}DoubleWritable`, "7ff8000000000000")).toBe("NaN");
  expect(await of(`${io}FloatWritable`, "c0200000")).toBe(-2.5);
  expect(await of(`${io}Text`, "04f09f9a80")).toBe("🚀");
  expect(await of(`${io}Text`, "02c328")).toBe("\ufffd(");
  expect(await of(`${io}BytesWritable`, "00000002cafe")).toBe("cafe");
  expect(await of("com.example.Own", "00ff")).toBe("00ff");
  expect(await of(`${io}constructor`, "00ff")).toBe("00ff");
});

function placesOf(bytes: Buffer, part: Buffer): number[] {
  const places = [];
  for (let at = bytes.indexOf(part); at >= 0; at = bytes.indexOf(part, at + 1)) places.push(at);
  return places;
}
