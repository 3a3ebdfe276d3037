import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { freePorts, runSewer, RunningSewer, type Ended } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const running: RunningSewer[] = [];

afterEach(async () => {
  for (const sewer of running.splice(0)) await sewer.stop("SIGKILL");
});

const stop = (...args: string[]): Promise<Ended> => runSewer(["stop", ...args], { cwd: directory() });

async function start(
  stopKeys: string,
): Promise<{ sewer: RunningSewer; pixel: string; status: string; admin: string }> {
  const [port = 0] = await freePorts(1);
  const text = `admin: { port: ${port} }
stop: ${stopKeys}
flows:
  web:
    source: { type: http, host: 127.0.0.1, port: 0 }
    sink: { type: file, path: out/x }
`;
  await writeFile(join(directory(), "sewer.yaml"), text);
  const sewer = new RunningSewer(["start"], { cwd: directory() });
  running.push(sewer);
  const { pixel = "", status = "", admin = "" } = await sewer.listening();
  return { sewer, pixel, status, admin };
}

function configOn(port: number): string {
  return `admin: { port: ${port} }\nflows: { a: { sink: { type: file, path: x } } }\n`;
}

describe("stop", () => {
  test("has the server stop cleanly and waits until it has", async () => {
    const { sewer, pixel } = await start("{ graceful: 1s }");
    expect((await fetch(pixel)).status).toBe(204);
    const { code, stdout, stderr } = await stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`process ${sewer.child.pid}: stopped\n`);
    expect(await sewer.ended).toMatchObject({ code: 0, signal: null });
  });

  test("while it drains: not ready, served on, each answer closes; asked again, it is not cut short", async () => {
    const { sewer, pixel, status, admin } = await start("{ drainDelay: 1h }");
    for (const url of [admin, status]) expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${admin}/readyz?verbose`)).text()).toBe(
      "[+]web/listening ok\n[+]web/serving ok\n[+]web/spool ok\n",
    );
    expect((await stop("--no-wait")).stdout).toBe(`process ${sewer.child.pid}: stopping\n`);
    await sewer.logged(/"msg":"stopping"/);
    expect((await stop("--no-wait")).code).toBe(0);
    for (const url of [`${admin}/readyz`, `${status}/readyz`, `${status}/any`]) {
      expect((await fetch(url)).status, url).toBe(503);
    }
    for (const url of [admin, status]) expect((await fetch(`${url}/livez`)).status).toBe(200);
    const answer = await fetch(pixel);
    expect({ status: answer.status, connection: answer.headers.get("connection") }).toEqual({
      status: 204,
      connection: "close",
    });
    const { code } = await sewer.stop("SIGKILL");
    expect(code).toBeNull();
  });

  test("a server that answers badly has not stopped yet", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const isStop = request.url === "/stop";
      response.writeHead(isStop ? 200 : 500, { Connection: "close" });
      response.end(isStop ? '{"v":1,"pids":[7]}' : "");
      if (asked.length === 4) server.close();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await writeFile(join(directory(), "sewer.yaml"), configOn(port));
    expect(await stop()).toMatchObject({ code: 0, stdout: "process 7: stopped\n", stderr: "" });
    expect(asked).toEqual(["POST /stop", "GET /livez", "GET /livez", "GET /livez"]);
  });

  test("without a server", async () => {
    const [port = 0] = await freePorts(1);
    await writeFile(join(directory(), "sewer.yaml"), configOn(port));
    const { code, stdout, stderr } = await stop();
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(/^sewer: the server cannot be reached: .*nothing listens there/);
  });
});
