import { deflateSync } from "node:zlib";

/** A file as releases of Hadoop before 0.11 wrote it. */
export interface OldFile {
  readonly version: number;
  readonly compression: "none" | "record" | "block";
  readonly keyClass: string;
  readonly valueClass: string;
  readonly records: readonly (readonly [key: Buffer, value: Buffer])[];
}

/** What each version can be. */
export const oldVersions: readonly Pick<OldFile, "version" | "compression">[] = [
  { version: 1, compression: "none" },
  { version: 2, compression: "none" },
  { version: 3, compression: "none" },
  { version: 3, compression: "record" },
  { version: 4, compression: "none" },
  { version: 4, compression: "record" },
  { version: 4, compression: "block" },
  { version: 5, compression: "none" },
  { version: 5, compression: "record" },
  { version: 5, compression: "block" },
];

const marker = Buffer.alloc(16, 0x3c);
const sync = Buffer.concat([Buffer.alloc(4, 0xff), marker]);

/** The file's bytes. A sync stands before the third record. Every length is below 128. */
export function oldFile({ version, compression, keyClass, valueClass, records }: OldFile): Buffer {
  const flags = [Number(compression !== "none"), Number(compression === "block")];
  const name = (text: string): Buffer =>
    Buffer.concat([
      version < 4 ? Buffer.from([0, text.length]) : Buffer.from([text.length]),
      Buffer.from(text),
    ]);
  const header = [
    Buffer.from([0x53, 0x45, 0x51, version]),
    name(keyClass),
    name(valueClass),
    Buffer.from(version < 3 ? [] : version === 3 ? flags.slice(0, 1) : flags),
    compression === "none" || version < 5
      ? Buffer.alloc(0)
      : name("org.apache.hadoop.io.compress.DefaultCodec"),
    version < 2 ? Buffer.alloc(0) : marker,
  ];
  const body =
    compression === "block"
      ? [blockOf(records)]
      : records.map((record, index) => {
          const before = version >= 2 && index === 2 ? sync : Buffer.alloc(0);
          return Buffer.concat([before, singleRecord(record, compression === "record")]);
        });
  return Buffer.concat([...header, ...body]);
}

function singleRecord([key, value]: readonly [Buffer, Buffer], isCompressed: boolean): Buffer {
  const stored = isCompressed ? deflateSync(value) : value;
  const lengths = Buffer.alloc(8);
  lengths.writeInt32BE(key.length + stored.length, 0);
  lengths.writeInt32BE(key.length, 4);
  return Buffer.concat([lengths, key, stored]);
}

function blockOf(records: OldFile["records"]): Buffer {
  const buffers = [0, 1].flatMap((part) => {
    const parts = records.map((record) => record[part]!);
    return [Buffer.from(parts.map(({ length }) => length)), Buffer.concat(parts)];
  });
  const streams = buffers.map((bytes) => deflateSync(bytes));
  return Buffer.concat([
    sync,
    Buffer.from([records.length]),
    ...streams.flatMap((stream) => [Buffer.from([stream.length]), stream]),
  ]);
}
