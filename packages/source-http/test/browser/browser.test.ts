import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startSource, stopSource, type OpenSource } from "../support/open-source.ts";
import { describeProgram } from "@sewer/testkit/vitest";
import { Browser } from "./browser.ts";

/** Scripts of a page; `PIXEL` is the origin of the server. */
const scripts: Readonly<Record<string, string>> = {
  "/image": `document.cookie = "sid=abc"; new Image().src = "PIXEL/p.gif?a=%C3%A4&b=x y";`,
  "/beacon": `navigator.sendBeacon("PIXEL/beacon?kind=text", "h\u00e9llo");
    navigator.sendBeacon("PIXEL/beacon?kind=form", new URLSearchParams({ a: "1", b: "2 3" }));`,
  "/unload": `addEventListener("pagehide", () => {
      fetch("PIXEL/leave?by=fetch", { method: "POST", mode: "no-cors", keepalive: true, body: "bye" });
      navigator.sendBeacon("PIXEL/leave?by=beacon", "bye");
    });
    new Image().src = "PIXEL/ready";`,
};

describeProgram(
  "a real browser",
  { name: "chromium", install: "tooling/debian/install.sh http" },
  (program) => {
    let open: OpenSource;
    let site: Server;
    let origin: string;
    let browser: Browser;

    beforeAll(async () => {
      open = await startSource({ body: { record: true }, headers: ["sec-fetch-dest", "content-type"] });
      site = createServer((request, response) => {
        const script = scripts[request.url ?? ""]?.replaceAll("PIXEL", `http://127.0.0.1:${open.port}`);
        response.setHeader("content-type", "text/html; charset=utf-8");
        response.end(script === undefined ? "" : `<!doctype html><script>${script}</script>`);
      }).listen(0, "127.0.0.1");
      await once(site, "listening");
      origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
      browser = await Browser.start(program);
    });
    afterAll(async () => {
      await browser.close();
      site.closeAllConnections();
      await once(site.close(), "close");
      await stopSource(open);
    });

    const arrived = (path: string): typeof open.channel.extendedEvents =>
      open.channel.extendedEvents.filter(({ requestPath }) => requestPath === path);

    /** Settles once so many events of the path are there. */
    async function awaitEvents(path: string, count: number): Promise<void> {
      while (arrived(path).length < count) await new Promise((resolve) => setTimeout(resolve, 20));
    }

    const common = {
      ip: "127.0.0.1",
      host: "127.0.0.1",
      userAgent: expect.stringMatching(/^Mozilla\/5\.0 .*Chrome\/\d+/),
    };

    it("an image pixel arrives with query, cookie, referer and user agent", async () => {
      await browser.open(`${origin}/image`);
      await awaitEvents("/p.gif", 1);
      expect(arrived("/p.gif")).toEqual([
        expect.objectContaining({
          ...common,
          method: "GET",
          queryString: "a=%C3%A4&b=x%20y",
          cookies: "sid=abc",
          referer: `${origin}/`,
          headers: [["sec-fetch-dest", "image"]],
          body: null,
        }),
      ]);
    });

    it("beacons arrive with their bodies", async () => {
      await browser.open(`${origin}/beacon`);
      await awaitEvents("/beacon", 2);
      const events = arrived("/beacon").map(({ queryString, method, headers, body }) => ({
        queryString,
        method,
        type: new Map(headers).get("content-type"),
        body: Buffer.from(body ?? "").toString("utf8"),
      }));
      expect(events).toHaveLength(2);
      expect(events).toEqual(
        expect.arrayContaining([
          { queryString: "kind=text", method: "POST", type: "text/plain;charset=UTF-8", body: "h\u00e9llo" },
          {
            queryString: "kind=form",
            method: "POST",
            type: "application/x-www-form-urlencoded;charset=UTF-8",
            body: "a=1&b=2+3",
          },
        ]),
      );
    });

    it("what a page sends while it is left arrives", async () => {
      const session = await browser.open(`${origin}/unload`);
      await awaitEvents("/ready", 1);
      await browser.leave(session, `${origin}/next`);
      await awaitEvents("/leave", 2);
      const events = arrived("/leave");
      expect(events.map(({ queryString }) => String(queryString)).toSorted()).toEqual([
        "by=beacon",
        "by=fetch",
      ]);
      for (const event of events) {
        expect(event).toMatchObject({ ...common, method: "POST", referer: `${origin}/` });
        expect(Buffer.from(event.body ?? "").toString("utf8")).toBe("bye");
      }
    });

    it("no other event came of it, and none was refused", () => {
      const counted = new Set(["/p.gif", "/beacon", "/ready", "/leave"]);
      expect(open.channel.extendedEvents.filter(({ requestPath }) => !counted.has(requestPath))).toEqual([]);
      expect(Object.values(open.source.statistics.refused).reduce((sum, count) => sum + count, 0)).toBe(0);
    });
  },
);
