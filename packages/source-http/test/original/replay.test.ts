import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpSourceOptions } from "../../src/index.ts";
import { Client } from "../support/client.ts";
import { startSource, stopSource, type OpenSource } from "../support/open-source.ts";
import {
  differences,
  differencesByDefault,
  differencesWithoutCrossdomain,
  type Difference,
} from "./differences.ts";

interface Recording {
  readonly name: string;
  readonly request: string;
  readonly answer: string;
  readonly after: "open" | "server-fin";
}

const recordings = readFileSync(new URL("fixtures/http.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Recording);

function statusesOf(answers: string): string[] {
  return [...answers.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map((match) => match[1]!);
}

/** What the original did, in the words of the table of differences. */
function original({ answer, after }: Recording): string {
  return [...statusesOf(answer), after === "open" ? "open" : "closes"].join(" ");
}

const configurations: readonly [string, Partial<HttpSourceOptions>, Readonly<Record<string, Difference>>][] =
  [
    ["methods: any", { methods: "any" }, { ...differencesWithoutCrossdomain, ...differences }],
    ["the defaults", {}, { ...differencesWithoutCrossdomain, ...differences, ...differencesByDefault }],
  ];

describe.each(configurations)("the requests recorded from the original, with %s", (_, options, listed) => {
  let open: OpenSource;
  beforeAll(async () => {
    open = await startSource(options);
  });
  afterAll(() => stopSource(open));

  it.for(recordings.map((recording) => [recording.name, recording] as const))(
    "%s",
    async ([name, recording]) => {
      open.channel.records.length = 0;
      const client = await Client.open(open.port, true);
      client.send(recording.request);
      // The FIN tells that nothing more comes; what is decided by then is answered still.
      client.socket.end();
      await client.ended();
      const statuses = statusesOf(client.received);
      const closes = /\r\nConnection: close(\r\n|$)/.test(client.answers.at(-1) ?? "");
      const ours = [...statuses, closes ? "closes" : "open"].join(" ");
      expect(ours).toBe(listed[name]?.ours ?? original(recording));
      expect(open.channel.records).toHaveLength(statuses.filter((status) => status === "204").length);
    },
  );

  it("each difference that is listed is one", () => {
    const byName = new Map(recordings.map((recording) => [recording.name, recording]));
    const same = Object.entries(listed).filter(([name, { ours }]) => ours === original(byName.get(name)!));
    expect(same).toEqual([]);
  });
});
