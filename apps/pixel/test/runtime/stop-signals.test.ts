import { EventEmitter } from "node:events";
import { silentLogger, type Logger } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { beforeEach, expect, test } from "vitest";
import { listenForStop } from "../../src/runtime/stop-signals.ts";

let clock: ManualClock;
let signals: EventEmitter;
let exits: number[];
let warnings: string[];
let reloads: number;

beforeEach(() => {
  clock = new ManualClock();
  signals = new EventEmitter();
  exits = [];
  warnings = [];
  reloads = 0;
});

function listen(hasTerminal = false): AbortSignal {
  const logger: Logger = { ...silentLogger, warn: (_, message) => warnings.push(message) };
  const reload = (): void => void (reloads += 1);
  return listenForStop({ clock, logger, reload, signals, hasTerminal, exit: (code) => exits.push(code) });
}

test.each(["SIGTERM", "SIGINT"])("%s asks for a clean stop", (name) => {
  const stop = listen();
  expect(stop.aborted).toBe(false);
  signals.emit(name);
  expect(stop.aborted).toBe(true);
  expect(exits).toEqual([]);
});

test("a second signal ends at once, but only 1 s after the first", () => {
  listen();
  signals.emit("SIGINT");
  signals.emit("SIGINT");
  clock.advance(999);
  signals.emit("SIGTERM");
  expect(exits).toEqual([]);
  clock.advance(1);
  signals.emit("SIGTERM");
  expect(exits).toEqual([143]);
  signals.emit("SIGINT");
  expect(exits).toEqual([143, 130]);
});

test("SIGHUP reloads, until a stop was asked for", () => {
  const stop = listen();
  signals.emit("SIGHUP");
  signals.emit("SIGHUP");
  expect(stop.aborted).toBe(false);
  expect(reloads).toBe(2);
  signals.emit("SIGTERM");
  signals.emit("SIGHUP");
  expect(reloads).toBe(2);
});

test("SIGHUP stops when stdin is a terminal", () => {
  const stop = listen(true);
  signals.emit("SIGHUP");
  expect(stop.aborted).toBe(true);
  expect(warnings).toEqual([]);
});
