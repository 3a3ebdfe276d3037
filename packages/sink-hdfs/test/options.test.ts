import { describe, expect, test } from "vitest";
import { z } from "zod";
import { hdfsSinkOptions } from "../src/index.ts";

const least = { type: "hdfs", namenodes: ["http://nn1:9870"], path: "/logs/%{yyyy-MM-dd/HH00}/data-%{host}" };

test("defaults", () => {
  expect(hdfsSinkOptions.parse(least)).toEqual({
    ...least,
    user: "sewer",
    timeZone: "UTC",
    replication: 3,
    blockSize: 134_217_728,
    janitorDelay: 900_000,
    minReplicas: 0,
    datanodeMap: {},
    datanodePorts: [],
    limits: {
      nameNodeConnect: 3000,
      nameNodeAnswer: 20_000,
      dataNodeConnect: 5000,
      dataNodeContinue: 15_000,
      stall: 120_000,
      commit: 300_000,
      upload: 600_000,
      uploadRate: 262_144,
      cleanup: 5000,
    },
    format: { type: "sequencefile", schema: "access-log", compression: "block", codec: "gzip", level: 1 },
  });
});

describe("refused", () => {
  test.each([
    [{ namenodes: [] }, "namenodes"],
    [{ namenodes: ["nn1:9870"] }, "namenodes.0"],
    [{ namenodes: ["http://nn1:9870/webhdfs"] }, "namenodes.0"],
    [{ namenodes: ["http://me:secret@nn1:9870"] }, "namenodes.0"],
    [{ namenodes: ["http://nn1:9870", "hdfs://nn2:8020"] }, "namenodes.1"],
    [{ user: "9x" }, "user"],
    [{ user: "a b" }, "user"],
    [{ path: "logs/x" }, "path"],
    [{ path: "/logs/%{nope}" }, "path"],
    [{ path: "/logs/a b" }, "path"],
    [{ path: "/logs/a:b" }, "path"],
    [{ path: "/logs/ü" }, "path"],
    [{ path: "/logs/../x" }, "path"],
    [{ path: "/logs//x" }, "path"],
    [{ timeZone: "Mars" }, "timeZone"],
    [{ replication: 0 }, "replication"],
    [{ replication: 513 }, "replication"],
    [{ blockSize: "1000" }, "blockSize"],
    [{ blockSize: 0 }, "blockSize"],
    [{ blockSize: "many" }, "blockSize"],
    [{ janitorDelay: "-1s" }, "janitorDelay"],
    [{ minReplicas: -1 }, "minReplicas"],
    [{ minReplicas: 3, replication: 2 }, "minReplicas"],
    [{ datanodeMap: { "dn1:0": "x" } }, "datanodeMap.dn1:0"],
    [{ datanodeMap: { dn1: "http://x" } }, "datanodeMap.dn1"],
    [{ datanodeMap: { dn1: "a:99999" } }, "datanodeMap.dn1"],
    [{ datanodePorts: [0] }, "datanodePorts.0"],
    [{ limits: { stall: "soon" } }, "limits.stall"],
    [{ limits: { stal: "1s" } }, "limits"],
    [{ overwrite: true }, ""],
  ])("%j", (change, path) => {
    const issues = hdfsSinkOptions.safeParse({ ...least, ...change }).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join("."))).toEqual([path]);
  });
});

test("has a JSON Schema for editors", () => {
  expect(JSON.stringify(z.toJSONSchema(hdfsSinkOptions, { io: "input" }))).toContain("HDFS block size");
});
