import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RunningSewer } from "../support/run-sewer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
const bean = encodeURIComponent("org.eclipse.jetty.server.handler:id=0,type=statisticshandler");

/** With a connection of its own, so that the kernel spreads them over the processes. */
async function get(url: string): Promise<Response> {
  return fetch(url, { headers: { Connection: "close" } });
}

test("readiness, statsReset and a stop reach every process", async () => {
  const text = `admin: { port: 0 }
stop: { drainDelay: 1h }
flows:
  web:
    source: { type: http, host: 127.0.0.1, port: 0, processes: 2 }
    sink: { type: file, path: out/x }
`;
  await writeFile(join(directory(), "sewer.yaml"), text);
  const sewer = new RunningSewer(["start"], { cwd: directory() });
  onTestFinished(async () => void (await sewer.stop("SIGKILL")));
  const { pixel = "", status = "", admin = "" } = await sewer.listening();
  expect(await (await get(`${admin}/readyz?verbose`)).text()).toBe(
    "[+]web/listening ok\n[+]web/serving ok\n[+]web/spool ok\n",
  );

  for (let count = 0; count < 20; count++) expect((await get(pixel)).status).toBe(204);
  await fetch(`${admin}/status`);
  const requests = async (): Promise<unknown> =>
    ((await (await fetch(`${admin}/jolokia/read/${bean}/requests`)).json()) as { value: unknown }).value;
  expect(await requests()).toBe(20);
  expect(await (await fetch(`${admin}/jolokia/exec/${bean}/statsReset`)).json()).toMatchObject({
    status: 200,
  });
  expect(await requests()).toBe(0);
  expect(await (await fetch(`${admin}/metrics`)).text()).toMatch(/^sewer_http_requests_total\{.*\} 20$/m);

  await fetch(`${admin}/stop`, { method: "POST", headers: { "X-Sewer-Admin": "1" } });
  await sewer.logged(/"msg":"stopping"/);
  // Asks each process, and after it has answered the order to drain.
  await fetch(`${admin}/status`);
  for (let count = 0; count < 20; count++) {
    const answer = await fetch(pixel);
    expect([answer.status, answer.headers.get("connection")]).toEqual([204, "close"]);
    expect((await get(`${status}/readyz`)).status).toBe(503);
  }
  expect((await fetch(`${admin}/readyz`)).status).toBe(503);
});
