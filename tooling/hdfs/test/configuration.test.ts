import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sharedProperties, writeConfiguration } from "../src/configuration.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const given = {
  ports: { nameNodes: [{ rpc: 17_000, http: 17_001 }], journalNode: undefined },
  folder: "/bed",
  user: "sewer",
  replication: 1,
  locateFollowingBlockDelayMs: 20,
  properties: {},
};
const delay = "dfs.client.block.write.locateFollowingBlock.initial.delay.ms";

test("the delay of a writing DataNode is short, or Hadoop's own", () => {
  expect(sharedProperties(given)[delay]).toBe("20");
  expect(sharedProperties({ ...given, locateFollowingBlockDelayMs: null })).not.toHaveProperty([delay]);
});

test("given properties win", () => {
  const properties = { "dfs.blocksize": "2048", "dfs.datanode.du.reserved": "1" };
  expect(sharedProperties({ ...given, properties })).toMatchObject(properties);
});

test("one NameNode has an address, a pair has a name", () => {
  expect(sharedProperties(given)).toMatchObject({
    "fs.defaultFS": "hdfs://127.0.0.1:17000",
    "dfs.namenode.http-address": "127.0.0.1:17001",
  });
  const nameNodes = [...given.ports.nameNodes, { rpc: 17_002, http: 17_003 }];
  const ports = { nameNodes, journalNode: { rpc: 17_004, http: 17_005 } };
  expect(sharedProperties({ ...given, ports })).toMatchObject({
    "fs.defaultFS": "hdfs://ns",
    "dfs.ha.namenodes.ns": "nn1,nn2",
    "dfs.namenode.rpc-address.ns.nn1": "127.0.0.1:17000",
    "dfs.namenode.http-address.ns.nn2": "127.0.0.1:17003",
    "dfs.namenode.shared.edits.dir": "qjournal://127.0.0.1:17004/ns",
  });
});

test("values are escaped, and stand in both files", async () => {
  const folder = temporaryFolder();
  await writeConfiguration(folder, { "a.b": "<1 & 2>" });
  for (const name of ["core-site.xml", "hdfs-site.xml"]) {
    expect(readFileSync(join(folder, name), "utf8")).toContain(
      "<property><name>a.b</name><value>&lt;1 &amp; 2&gt;</value></property>",
    );
  }
});
