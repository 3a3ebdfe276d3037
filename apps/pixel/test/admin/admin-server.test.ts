import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AdminServer } from "../../src/admin/admin-server.ts";
import { openAdmin, statisticsName } from "./support.ts";

let server: AdminServer;
let url: string;
let port: number;

beforeEach(async () => {
  ({ server, url, port } = await openAdmin());
});

afterEach(() => server.close());

/** Sends bytes as they are and gives everything that comes back. */
function exchange(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(request, "latin1"));
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => (answer += chunk));
    socket.on("end", () => resolve(answer));
    socket.on("error", reject);
  });
}

interface Recorded {
  readonly name: string;
  readonly request: string;
  readonly answer: string;
}

describe("the requests that the original was asked", () => {
  const recorded = readFileSync(new URL("../fixtures/jolokia.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded);
  const bodyOf = (answer: string): Record<string, unknown> =>
    JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4)) as Record<string, unknown>;
  const find = (name: string): Recorded => {
    const found = recorded.find((one) => one.name === name);
    if (found === undefined) throw new Error(name);
    return found;
  };

  const answered = [
    "jk-version",
    "jk-root",
    "jk-stats",
    "jk-requests",
    "jk-search",
    "jk-mem",
    "jk-missing",
    "jk-list",
  ];

  test.each(answered)("%s", async (name) => {
    const { request, answer } = find(name);
    const ours = await exchange(request);
    expect(ours).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(ours).toMatch(/\r\nContent-Type: application\/json\r\n/);
    const [theirs, own] = [bodyOf(answer), bodyOf(ours)];
    expect(own["request"]).toEqual(theirs["request"]);
    expect(own["status"]).toBe(theirs["status"]);
    expect(own["timestamp"]).toBe(theirs["timestamp"]);
    expect(own["error_type"]).toBe(theirs["error_type"]);
  });

  test("a bean's numbers are those that the original shows, less Jetty's own objects", () => {
    const jettyOnly = /^(?:handlers?|childHandlers|server|running|started|starting|stopped|stopping|failed)$/;
    const { value } = bodyOf(find("jk-stats").answer) as { value: Record<string, unknown> };
    const names = Object.keys(value).filter((name) => !jettyOnly.test(name));
    return exchange(find("jk-stats").request).then((answer) => {
      const own = bodyOf(answer) as { value: Record<string, unknown> };
      expect(Object.keys(own.value).sort()).toEqual(names.sort());
    });
  });

  test("search finds the beans of the original that are here", async () => {
    const theirs = bodyOf(find("jk-search").answer)["value"] as string[];
    const own = bodyOf(await exchange(find("jk-search").request))["value"] as string[];
    expect(own).toEqual([statisticsName, "org.eclipse.jetty.server:id=0,type=server"]);
    expect(theirs).toEqual(expect.arrayContaining(own));
  });

  test("list names the original's attributes and operation, with their Java types", async () => {
    type Bean = {
      readonly attr: Record<string, { type: string }>;
      readonly op: Record<string, { ret: string }>;
    };
    const beanIn = (answer: string): Bean =>
      (bodyOf(answer)["value"] as Record<string, Bean>)["id=0,type=statisticshandler"] as Bean;
    const theirs = beanIn(find("jk-list").answer);
    const own = beanIn(await exchange(find("jk-list").request));
    for (const [name, { type }] of Object.entries(own.attr))
      expect({ name, type }).toEqual({ name, type: theirs.attr[name]?.type });
    expect(own.op).toMatchObject({ statsReset: { args: [], ret: theirs.op["statsReset"]?.ret } });
  });

  test("/jolokia without a slash answers too, where the original did not", async () => {
    expect(bodyOf(await exchange(find("jk-noslash").request))).toMatchObject({
      request: { type: "version" },
    });
  });

  test("another path is not found", async () => {
    expect(await exchange(find("jk-404").request)).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe("Jolokia by POST", () => {
  const request = JSON.stringify({ type: "READ", mbean: statisticsName, attribute: "requests" });

  test.each(["/jolokia", "/jolokia/", "/jolokia/read", "/jolokia/any/thing"])("to %s", async (path) => {
    for (const type of [undefined, "text/json", "application/json", "nonsense"]) {
      const headers = type === undefined ? {} : { "Content-Type": type };
      const answer = await fetch(url + path, { method: "POST", body: Buffer.from(request), headers });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ value: 70, status: 200 });
    }
  });

  test("a body that is too long is refused, and the answer arrives", async () => {
    const body = "x".repeat(1024 * 1024 + 1);
    const head = `POST /jolokia HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`;
    const answer = await exchange(head + body);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
  });

  test("a client that goes away in the middle of a body hurts nobody", async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.write("POST /jolokia HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{", () => {
          socket.destroy();
          resolve();
        });
      });
    });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });
});

test.each([
  ["GET /status", 200],
  ["GET /status/", 404],
  ["POST /status", 404],
  ["GET /livez", 200],
  ["HEAD /livez", 200],
  ["GET /readyz", 200],
  ["GET /healthz", 200],
  ["POST /readyz", 404],
  ["GET /stop", 405],
  ["POST /stop", 403],
  ["GET /reload", 405],
  ["POST /reload", 403],
  ["POST /reload?dry", 403],
  ["GET /livez?x=1", 200],
  ["GET /metrics", 200],
  ["GET /", 404],
  ["GET /jolokiax", 404],
  ["POST /metrics", 404],
  ["DELETE /jolokia", 405],
  ["OPTIONS /jolokia", 405],
])("%s: %d", async (line, status) => {
  const answer = await exchange(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).not.toMatch(/access-control/i);
});

test("a page whose name was made to point here gets nothing", async () => {
  const answer = await exchange(
    "GET /metrics HTTP/1.1\r\nHost: evil.example:7777\r\nConnection: close\r\n\r\n",
  );
  expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  expect(answer).not.toContain("sewer_");
});

test("HTTP/1.0 without a Host", async () => {
  expect(await exchange("GET /livez HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
});

test("a port in use is told with what to do", async () => {
  await expect(openAdmin({ port })).rejects.toMatchObject({
    code: "SEWER_ADMIN_LISTEN",
    message: `cannot listen on the admin port 127.0.0.1:${port}: it is in use; set admin.port, or admin: false`,
  });
});

test("closing ends open connections, and twice is fine", async () => {
  const socket = connect(port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  const ended = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {});
  socket.write("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  await server.close();
  await server.close();
  expect(await ended).toBe(false);
});

describe("readyz", () => {
  const checks = [
    { name: "pixel/listening", failure: undefined },
    { name: "pixel/spool", failure: "it is full" },
  ];

  test("says of each check how it stands", async () => {
    const own = await openAdmin({ checks });
    for (const path of ["/readyz", "/healthz"]) {
      const short = await fetch(own.url + path);
      expect({ status: short.status, text: await short.text() }).toEqual({
        status: 503,
        text: "not ready; ?verbose tells why\n",
      });
    }
    const long = await fetch(`${own.url}/readyz?verbose`);
    expect(await long.text()).toBe("[+]pixel/listening ok\n[-]pixel/spool failed: it is full\n");
    expect((await fetch(`${own.url}/livez`)).status).toBe(200);
    await own.server.close();
  });
});

describe("what changes something", () => {
  const ask = (path: string, lines: readonly string[]): Promise<string> =>
    exchange(
      `${["POST " + path + " HTTP/1.1", "Content-Length: 0", "Connection: close", ...lines].join("\r\n")}\r\n\r\n`,
    );

  test("needs a header that no form can send, and a Host of the owner's", async () => {
    const stops: string[] = [];
    const own = await openAdmin({ host: "0.0.0.0", stop: () => stops.push("stop") });
    ({ port } = own);
    const refused = [
      ["Host: localhost"],
      ["Host: localhost", "X-Sewer-Admin: 0"],
      ["Host: 10.0.0.5", "X-Sewer-Admin: 1"],
      ["Host: box.example.com", "X-Sewer-Admin: 1"],
      ["Host: evil.example", "X-Sewer-Admin: 1"],
    ];
    for (const path of ["/stop", "/retry"]) {
      for (const lines of refused) expect(await ask(path, lines)).toMatch(/^HTTP\/1\.1 403 /);
    }
    expect(stops).toEqual([]);
    const answer = await ask("/stop", ["Host: 127.0.0.1:7777", "X-Sewer-Admin: 1"]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain(`{"v":1,"pids":[${process.pid}]}`);
    await own.server.close();
  });

  test("a second stop does not cut the first one short", async () => {
    const stops: string[] = [];
    const own = await openAdmin({ stop: () => stops.push("stop") });
    ({ port } = own);
    for (let count = 0; count < 3; count++) {
      expect(await ask("/stop", ["Host: localhost", "X-Sewer-Admin: 1"])).toMatch(/^HTTP\/1\.1 200 /);
    }
    expect(stops).toEqual(["stop"]);
    await own.server.close();
  });

  const exec = `/jolokia/exec/${statisticsName}/statsReset`;
  test.each([
    [["User-Agent: JMX::Jmx4Perl/1.13"], 200],
    [[], 200],
    [["User-Agent: Mozilla/5.0 (X11)"], 403],
    [["Origin: null"], 403],
    [["Referer: http://evil.example/"], 403],
    [["Sec-Fetch-Site: cross-site"], 403],
    [["Sec-Fetch-Site: cross-site", "X-Sewer-Admin: 1"], 200],
  ])("Jolokia's exec with %j: %d", async (lines, status) => {
    const head = [`GET ${exec} HTTP/1.1`, "Host: localhost", "Connection: close", ...lines];
    expect(await exchange(`${head.join("\r\n")}\r\n\r\n`)).toMatch(new RegExp(`"status":${status}\\}`));
  });
});
