import type { RetryNowOptions, WokenSink } from "@sewer/flow";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AdminServer } from "../../src/admin/admin-server.ts";
import { openAdmin } from "./support.ts";

const woken: WokenSink = { flow: "web", sink: "main", batchIds: ["a"], isProbed: true };
let asked: RetryNowOptions[];
let server: AdminServer;
let url: string;

beforeEach(async () => {
  asked = [];
  const retryNow = (options: RetryNowOptions = {}): readonly WokenSink[] => {
    asked.push(options);
    return [woken];
  };
  ({ server, url } = await openAdmin({ flow: { retryNow } }));
});

afterEach(() => server.close());

const headers = { "X-Sewer-Admin": "1" };
const post = (init: RequestInit): Promise<Response> => fetch(`${url}/retry`, { method: "POST", ...init });

test("POST /retry asks the flows, and tells what they woke", async () => {
  const answer = await post({ headers });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ v: 1, sinks: [woken] });
  await post({ headers, body: '{"sink":"main","batchIds":["a","b"]}' });
  expect(asked).toEqual([{}, { sink: "main", batchIds: ["a", "b"] }]);
});

test("without the header that no form can send nothing is asked", async () => {
  expect((await post({})).status).toBe(403);
  expect((await post({ headers: { "X-Sewer-Admin": "0" } })).status).toBe(403);
  // What a browser would ask before it lets a page of another site send that header.
  const preflight = await fetch(`${url}/retry`, {
    method: "OPTIONS",
    headers: { Origin: "http://evil.example" },
  });
  expect([preflight.status, preflight.headers.get("access-control-allow-headers")]).toEqual([405, null]);
  expect(asked).toEqual([]);
});

test("another host, another method, another body", async () => {
  expect((await fetch(`${url}/retry`, { headers })).status).toBe(405);
  for (const body of ["x", "[]", '{"sink":1}', '{"flow":"web"}', '{"batchIds":"a"}']) {
    expect((await post({ headers, body })).status, body).toBe(400);
  }
  expect(asked).toEqual([]);
});
