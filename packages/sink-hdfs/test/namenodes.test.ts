import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hdfsErrors, hdfsSinkOptions } from "../src/index.ts";
import { NameNodes, type NameNodeOperation } from "../src/webhdfs/namenodes.ts";
import { never } from "./events.ts";
import { lost, refuse } from "./fake-cluster.ts";
import { FakeHdfs, sendJson, type Intercept } from "./fake-hdfs.ts";

let hdfs: FakeHdfs;
let nameNodes: NameNodes;

beforeEach(async () => {
  hdfs = await FakeHdfs.start(3);
  nameNodes = newNameNodes(hdfs.namenodes);
});

afterEach(async () => {
  await nameNodes.close();
  await hdfs.close();
});

function newNameNodes(namenodes: readonly string[]): NameNodes {
  return new NameNodes(hdfsSinkOptions.parse({ type: "hdfs", namenodes, path: "/x" }));
}

/** Each NameNode answers with its own; the last one is for the rest. */
function answers(...intercepts: Intercept[]): void {
  hdfs.intercept = (seen, request, response) => {
    const intercept = intercepts[Number(seen.at.slice(2))] ?? intercepts.at(-1);
    return intercept?.(seen, request, response);
  };
}

const standby = refuse("StandbyException", "Operation category WRITE is not supported in state standby");
const starting = refuse("RetriableException", "Namenode is in startup mode");
const safeMode = refuse("SafeModeException", "Name node is in safe mode.");
const html: Intercept = (_, _request, response) => !!response.writeHead(502).end("<html>");
const unknown = refuse("WhateverException", "x");
const done: Intercept = (_, _request, response) => {
  sendJson(response, { boolean: true });
  return true;
};

const remove: NameNodeOperation = { method: "DELETE", op: "DELETE", path: "/f", isRepeatable: true };
const rename: NameNodeOperation = { method: "PUT", op: "RENAME", path: "/f", isRepeatable: false };

function asked(): string[] {
  return hdfs.seen.map(({ at }) => at);
}

test("the first is asked first, and then the one that was good", async () => {
  answers(standby, standby, done);
  await nameNodes.ask(remove, never);
  await nameNodes.ask(remove, never);
  expect(asked()).toEqual(["nn0", "nn1", "nn2", "nn2"]);
  expect(nameNodes.current.origin).toBe(hdfs.namenodes[2]);
});

test.each<[string, Intercept]>([
  ["standby", standby],
  ["starting", starting],
  ["in safe mode", safeMode],
  ["no WebHDFS", (_, _request, response) => !!response.writeHead(404).end("<html>")],
  ["behind a broken gateway", html],
  ["with an exception that nobody knows", unknown],
  ["silent", lost],
])("one that is %s is left", async (_, intercept) => {
  answers(intercept, done);
  expect((await nameNodes.ask(remove, never)).nameNode.origin).toBe(hdfs.namenodes[1]);
});

test("one that cannot be reached is left, for a RENAME too", async () => {
  await nameNodes.close();
  nameNodes = newNameNodes(["http://127.0.0.1:1", hdfs.namenodes[0]!]);
  answers(done);
  expect((await nameNodes.ask(rename, never)).nameNode.origin).toBe(hdfs.namenodes[0]);
});

test.each<[string, Intercept]>([
  ["a lost answer", lost],
  ["an unreadable answer", html],
])("a RENAME with %s goes to no other, and the next request does", async (_, intercept) => {
  answers(intercept, done);
  await expect(nameNodes.ask(rename, never)).rejects.toMatchObject({
    code: hdfsErrors.noAnswer,
    context: { action: "unknown" },
  });
  expect(asked()).toEqual(["nn0"]);
  await nameNodes.ask(rename, never);
  expect(asked()).toEqual(["nn0", "nn1"]);
});

test("a refusal for another reason goes to no other", async () => {
  answers(refuse("AccessControlException", "Permission denied"));
  await expect(nameNodes.ask(remove, never)).rejects.toMatchObject({ code: hdfsErrors.permission });
  expect(asked()).toEqual(["nn0"]);
});

describe("when none does it, the error is the most telling one", () => {
  test.each<[string, Intercept[], string]>([
    ["safe mode before standby", [safeMode, standby, standby], hdfsErrors.safeMode],
    ["safe mode after standby", [standby, safeMode, standby], hdfsErrors.safeMode],
    ["start-up among standby", [standby, standby, starting], hdfsErrors.starting],
    ["standby", [standby], hdfsErrors.standby],
  ])("%s", async (_, intercepts, code) => {
    answers(...intercepts);
    await expect(nameNodes.ask(remove, never)).rejects.toMatchObject({ code });
    expect(asked()).toEqual(["nn0", "nn1", "nn2"]);
  });
});

test("one that is named is asked alone", async () => {
  answers(standby, done);
  const { nameNode } = await nameNodes.ask(remove, never);
  answers(done, standby, done);
  await expect(nameNodes.ask(remove, never, nameNode)).rejects.toMatchObject({ code: hdfsErrors.standby });
  expect(asked()).toEqual(["nn0", "nn1", "nn1"]);
});

test("an abort ends it, with the signal's reason", async () => {
  const abort = new AbortController();
  answers(() => {
    abort.abort(new Error("enough"));
    return true;
  });
  await expect(nameNodes.ask(remove, abort.signal)).rejects.toThrow("enough");
  await expect(nameNodes.ask(remove, abort.signal)).rejects.toThrow("enough");
  expect(asked()).toEqual(["nn0"]);
});
