import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hdfsErrors } from "../src/index.ts";
import { classify, faultRules, type Fault, type Verdict } from "../src/webhdfs/fault-table.ts";
import { answersOfHadoop, errorOf } from "./answers.ts";

const verdicts = answersOfHadoop.map((answer) => ({ answer, error: errorOf(answer) }));

function rulesOf(caseName: RegExp): unknown[] {
  const found = verdicts.filter(({ answer }) => caseName.test(`${answer.case}: ${answer.op}`));
  return [...new Set(found.map(({ error }) => error.context["rule"]))];
}

test.each<[RegExp, string]>([
  [/^standby|before transition|HA standby/, "standby"],
  [
    /^(HA manual |HttpFS: |startup )?safe mode: (RENAME|SETTIMES|MKDIRS|DELETE)|^safe mode|low disk|create in safe mode/,
    "safe mode",
  ],
  [/NN restarted, startup|^no DN registered: step1|(RENAME|checksum) with no DN/, "starting"],
  [/no (x |write )?permission|without permission|doas not|\.snapshot|HttpFS: permission/, "permission"],
  [/quota.*: (CREATE|RENAME|MKDIRS)|directory items/, "quota"],
  [/name 256|component 256|colon|path > 8000|parent is a? ?file|under a file|(: |to )relative/, "path"],
  [/NONE:? dst is|directory into itself|DELETE non-empty|checksum of dir|dst = \//, "directory there"],
  [/disk full: step1|excluded by|all DNs dead: (step1|checksum): CREATE/, "no DataNode"],
  [/disk full: (1 byte|4 MiB)|min 2: small/, "no room"],
  [/snapshottable dir/, "protected tree"],
  [
    /^blocksize|^replication \d|parameter|permission 999|bad op|user\.name bad|offset beyond|bogus|BOGUS/,
    "parameter",
  ],
  [
    /right after RST|lease (held|recovered)|old writer|fenced by|deleted (while|during)|an open file|last block under/,
    "attempt",
  ],
  [/first PUT after an NN|NN killed before close|^startup safe mode: CREATE/, "DataNode lost its NameNode"],
  [/HttpFS: NN killed: RENAME/, "gateway lost its NameNode in a change"],
  [
    /^(HttpFS: )?CREATE existing|CREATE on a directory|createflag=sync_block|createparent=false/,
    "temporary name",
  ],
  [/RENAME NONE: dst file exists|src==dst|second sender|already at F/, "exists"],
  [
    /^stat (of|absent)|NONE:? src missing|NONE:? dst parent missing|replayed RENAME NONE|absent: (OPEN|GET)|absent file/,
    "not found",
  ],
  [/path 8200/, "request line too long"],
  [/root off|without octet-stream/, "no WebHDFS"],
  [/JournalNode dead|RENAME stuck/, "no answer to a change"],
  [/fenced ex-active/, "no answer"],
  [/^HA active in startup safe mode: CREATE/, "DataNode silent at the end"],
])("%s is %j", (caseName, rule) => {
  expect(rulesOf(caseName)).toEqual([rule]);
});

test.each(
  verdicts.map(({ answer, error }) => [`${answer.case}: ${answer.op} at ${answer.at}`, error] as const),
)("a rule knows %s", (_, error) => {
  expect(error.context["rule"]).not.toBe("unclassified");
});

describe("whatever the fault", () => {
  test("the batch's are permanent and quarantined, everything else is the sink's and temporary", () => {
    for (const { error, answer } of verdicts) {
      const isBatch = error.context["action"] === "quarantine";
      expect([error.scope, error.retry], answer.case).toEqual(
        isBatch ? ["batch", "permanent"] : ["sink", "temporary"],
      );
    }
  });

  test("the cluster's are never the batch's", () => {
    const ofBatch = verdicts.filter(({ error }) => error.scope === "batch");
    expect(ofBatch.length).toBeGreaterThan(30);
    expect(new Set(ofBatch.map(({ error }) => error.code))).toEqual(new Set([hdfsErrors.path]));
    const ofCluster =
      /safe mode|standby|quota|permission|DNs?\b|lease|restart|disk|startup|items|stuck|dead/i;
    expect(ofBatch.filter(({ answer }) => ofCluster.test(answer.case))).toEqual([]);
  });

  test("the batch's are never the sink's", () => {
    const ofBatch = /name 256|component 256|colon|8000|8200|(is|under) a file|dst is (an?|non-empty|dir)/;
    const others = verdicts.filter(
      ({ answer, error }) => ofBatch.test(answer.case) && error.scope === "sink",
    );
    expect(others).toEqual([]);
  });

  test("a blocked sink waits a minute, no other is told how long", () => {
    for (const { error, answer } of verdicts) {
      const isBlocked = error.context["action"] === "blocked";
      expect(error.context["retryAfterMs"], answer.case).toBe(isBlocked ? 60_000 : undefined);
    }
  });
});

const refused = { at: "namenode", op: "RENAME", classes: ["IOException"] } as const;

// Hadoop's words for what the recorded cluster never said.
test.each<[string, Fault, Partial<Verdict>]>([
  [
    "an observer",
    { ...refused, classes: ["ObserverRetryOnActiveException"] },
    { rule: "standby", action: "otherNameNode" },
  ],
  [
    "a standby that is asked with a token",
    {
      ...refused,
      classes: ["SecurityException"],
      message:
        "Failed to obtain user group information: org.apache.hadoop.ipc.InvalidToken: StandbyException",
    },
    { rule: "standby" },
  ],
  ["a token that expired", { ...refused, classes: ["InvalidToken"] }, { rule: "authentication" }],
  [
    "a parent that is a file, and no permission to see it",
    { ...refused, classes: ["AccessControlException"], message: "/a (is not a directory)" },
    { rule: "permission", scope: "sink" },
  ],
  [
    "another encryption zone",
    { ...refused, message: "/a can't be moved into an encryption zone." },
    { rule: "protected tree", action: "blocked" },
  ],
  [
    "an old server",
    { ...refused, classes: ["UnsupportedOperationException"] },
    { code: hdfsErrors.unsupported },
  ],
  [
    "a bad pipeline",
    {
      at: "datanode",
      op: "CREATE",
      classes: ["IOException"],
      message: "All datanodes [x] are bad. Aborting...",
    },
    { rule: "pipeline", code: hdfsErrors.dataNode },
  ],
  [
    "a DataNode that lost its NameNode after the last byte",
    { at: "datanode", op: "CREATE", isBodySent: true, classes: ["EOFException"] },
    { action: "unknown" },
  ],
  [
    "a gateway's 503 to a RENAME",
    { at: "namenode", op: "RENAME", status: 503, message: "<html>" },
    { action: "unknown", code: hdfsErrors.noAnswer },
  ],
  ["a gateway's 503", { at: "namenode", op: "CREATE", status: 503 }, { action: "otherNameNode" }],
  ["a gateway that is busy", { at: "namenode", op: "CREATE", status: 429 }, { rule: "unreadable answer" }],
  ["a login page", { at: "namenode", op: "CREATE", status: 302 }, { rule: "no WebHDFS", action: "blocked" }],
  ["SPNEGO", { at: "namenode", op: "CREATE", status: 401 }, { rule: "no login", action: "blocked" }],
  [
    "a DataNode's cut answer after the last byte",
    { at: "datanode", op: "CREATE", status: 403, isBodySent: true },
    { action: "unknown", code: hdfsErrors.dataNode },
  ],
  [
    "a DataNode's cut answer before",
    { at: "datanode", op: "CREATE", status: 403 },
    { action: "newAttempt", code: hdfsErrors.dataNode },
  ],
  ["an exception that nobody knows", refused, { rule: "unclassified", scope: "sink", action: "retry" }],
  [
    "a path's words in no RemoteException",
    { at: "namenode", op: "CREATE", status: 500, message: "Pathname too long" },
    { scope: "sink" },
  ],
])("%s", (_, fault, verdict) => {
  expect(classify(fault)).toMatchObject(verdict);
});

test("docs/specs/webhdfs.md has this table", () => {
  const page = readFileSync(new URL("../../../docs/specs/webhdfs.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| ([^|]+?) +\| .*\| `(\w+)` +\| (\w+) +\|$/gm)].map(([, ...row]) => row);
  expect(rows).toEqual(
    faultRules.map(({ name, code, action }) => [name, code.replace("SEWER_HDFS_", ""), action]),
  );
});
