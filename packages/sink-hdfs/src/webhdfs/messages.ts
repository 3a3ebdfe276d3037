/** A Java exception as WebHDFS sends it. Any part may be missing or null. */
export interface RemoteException {
  /** Simple class name; from HttpFS and for unresolvable classes only `RemoteException`. */
  readonly exception: string;
  readonly javaClassName: string;
  /** May hold server stack lines. */
  readonly message: string;
}

/** The part of a FileStatus that a writer needs. */
export interface FileStatus {
  readonly type: string;
  /** Bytes; of an open file without the block that is being written. */
  readonly length: number;
  readonly fileId: number;
  readonly blockSize: number;
  /** Encrypted or erasure coded: Hadoop's checksum then is not over the bytes as they were written. */
  readonly isTransformed: boolean;
}

/** What GETFILECHECKSUM gives. */
export interface FileChecksum {
  /** `MD5-of-<CRCs in a block>MD5-of-512CRC32C`. */
  readonly algorithm: string;
  /** Hex of int32 bytes per CRC, int64 CRCs per block, 16 bytes of MD5, and filler. */
  readonly bytes: string;
}

/** The exception in an answer's body; undefined when there is none (HTML, cut JSON, nothing). */
export function parseRemoteException(body: string): RemoteException | undefined {
  const remote = member(parseObject(body), "RemoteException");
  if (remote === undefined) return undefined;
  return {
    exception: textOf(remote["exception"]),
    javaClassName: textOf(remote["javaClassName"]),
    message: textOf(remote["message"]),
  };
}

/** GETFILESTATUS; undefined when it is none. */
export function parseFileStatus(body: string): FileStatus | undefined {
  const status = member(parseObject(body), "FileStatus");
  if (status === undefined) return undefined;
  const { type, length, fileId, blockSize } = status;
  if (typeof type !== "string" || typeof length !== "number" || typeof blockSize !== "number")
    return undefined;
  const isTransformed = status["encBit"] === true || status["ecBit"] === true;
  // HttpFS before 3.3 (HDFS-14665) sends no fileId.
  return { type, length, blockSize, fileId: typeof fileId === "number" ? fileId : 0, isTransformed };
}

/** GETFILECHECKSUM; undefined when it is none. */
export function parseFileChecksum(body: string): FileChecksum | undefined {
  const checksum = member(parseObject(body), "FileChecksum");
  if (checksum === undefined) return undefined;
  const { algorithm, bytes } = checksum;
  return typeof algorithm === "string" && typeof bytes === "string" ? { algorithm, bytes } : undefined;
}

/**
 * GET_BLOCK_LOCATIONS: the number of replicas of each block, 0 for a corrupt block; `open` while the file is
 * being written; undefined when it is none.
 */
export function parseBlockReplicas(body: string): number[] | "open" | undefined {
  const located = member(parseObject(body), "LocatedBlocks");
  const blocks = located?.["locatedBlocks"];
  if (located === undefined || !Array.isArray(blocks)) return undefined;
  if (located["isUnderConstruction"] !== false || located["isLastBlockComplete"] !== true) return "open";
  return blocks.map((block: unknown) => {
    if (!isObject(block) || block["isCorrupt"] === true) return 0;
    const locations = block["locations"];
    return Array.isArray(locations) ? locations.length : 0;
  });
}

/** `{"boolean": ...}`; undefined when it is none. */
export function parseBoolean(body: string): boolean | undefined {
  const value = parseObject(body)?.["boolean"];
  return typeof value === "boolean" ? value : undefined;
}

/** Names in a directory. */
export interface Listing {
  readonly names: string[];
  /** More follow after the last one. */
  readonly hasMore: boolean;
}

/** LISTSTATUS, or a page of LISTSTATUS_BATCH; undefined when it is neither. */
export function parseListing(body: string): Listing | undefined {
  const answer = parseObject(body);
  const page = member(answer, "DirectoryListing");
  const list = member(member(page, "partialListing") ?? answer, "FileStatuses")?.["FileStatus"];
  if (!Array.isArray(list)) return undefined;
  const names = list.map((entry: unknown) => (isObject(entry) ? textOf(entry["pathSuffix"]) : ""));
  const remaining = page?.["remainingEntries"];
  return { names, hasMore: typeof remaining === "number" && remaining > 0 };
}

/** The `Location` of an answer to `noredirect=true`; undefined when it is none. */
export function parseLocation(body: string): string | undefined {
  const location = parseObject(body)?.["Location"];
  return typeof location === "string" ? location : undefined;
}

/** A DataNode as the NameNode's JMX lists it: addresses as `address:port`, empty where there is none. */
export interface LiveNode {
  readonly host: string;
  readonly infoAddr: string;
  readonly infoSecureAddr: string;
  /** What `excludedatanodes` takes. */
  readonly xferAddr: string;
}

/** The LiveNodes of the bean NameNodeInfo, a JSON text in JSON; none when it is anything else. */
export function parseLiveNodes(body: string): LiveNode[] {
  const beans = parseObject(body)?.["beans"];
  const bean: unknown = Array.isArray(beans) ? beans[0] : undefined;
  const nodes = parseObject(isObject(bean) ? textOf(bean["LiveNodes"]) : "") ?? {};
  return Object.entries(nodes).flatMap(([name, node]) => {
    if (!isObject(node)) return [];
    const { infoAddr, infoSecureAddr, xferaddr } = node;
    const [host = ""] = name.split(":");
    return [
      {
        host,
        infoAddr: textOf(infoAddr),
        infoSecureAddr: textOf(infoSecureAddr),
        xferAddr: textOf(xferaddr),
      },
    ];
  });
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    // Proxies and servlet filters answer with HTML; a cut answer is no JSON either.
    return undefined;
  }
}

function member(value: JsonObject | undefined, name: string): JsonObject | undefined {
  const found = value?.[name];
  return isObject(found) ? found : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
