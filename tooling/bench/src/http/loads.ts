import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { canPin } from "../machine.ts";

/** What a load generator saw. */
export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
}

/** One way of asking for a pixel, from core 1. */
export interface Load {
  readonly name: string;
  /** Requests that may be answered but not counted when the generator stops. */
  readonly cutOff: number;
  run(port: number, dir: string): Promise<LoadResult>;
}

const path = "/p.gif?event=view&page=1";
const longUserAgent = `User-Agent: ${"u".repeat(800)}`;
const browserFields = [
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
  "Accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-US,en;q=0.9,de;q=0.8",
  "Cache-Control: no-cache",
  "Pragma: no-cache",
  "Referer: https://www.example.org/articles/2026/a-page-with-a-name",
  'Sec-Ch-Ua: "Not/A)Brand";v="8", "Chromium";v="126"',
  "Sec-Ch-Ua-Mobile: ?0",
  'Sec-Ch-Ua-Platform: "Linux"',
  "Sec-Fetch-Dest: image",
  "Sec-Fetch-Mode: no-cors",
  `Cookie: sid=0123456789abcdef0123456789abcdef; theme=dark`,
];

/** The loads, `seconds` each. */
export function loadsOf(seconds: number): Load[] {
  const wrk = (name: string, fields: readonly string[], depth = 1): Load => ({
    name,
    // Those on their way, and those that wrk has not read yet.
    // Of connections that end it counts fewer than are served, so there only the least is checked.
    cutOff: fields.includes("Connection: close") ? Infinity : 200 * depth,
    run: (port, dir) => runWrk({ port, dir, seconds, fields, depth }),
  });
  return [
    wrk("800-byte User-Agent", [longUserAgent]),
    wrk("a browser's head", browserFields),
    wrk("pipelined x16", [longUserAgent], 16),
    wrk("Connection: close", [longUserAgent, "Connection: close"]),
    { name: "ab -k -c 400", cutOff: 800, run: (port) => runAb(port, seconds) },
  ];
}

interface WrkOptions {
  readonly port: number;
  readonly dir: string;
  readonly seconds: number;
  readonly fields: readonly string[];
  readonly depth: number;
}

async function runWrk({ port, dir, seconds, fields, depth }: WrkOptions): Promise<LoadResult> {
  const script = join(dir, "pipeline.lua");
  writeFileSync(
    script,
    `init = function() r = string.rep(wrk.format(nil, nil), ${depth}) end\nrequest = function() return r end\n`,
  );
  const headers = fields.flatMap((field) => ["-H", field]);
  const url = `http://127.0.0.1:${port}${path}`;
  const pipelining = depth > 1 ? ["-s", script] : [];
  const output = await runPinned("wrk", ["-t1", "-c100", `-d${seconds}s`, ...headers, ...pipelining, url]);
  if (/Non-2xx/.test(output)) throw new Error(`wrk: ${output}`);
  return {
    requests: numberIn(/(\d+) requests in/, output),
    perSecond: numberIn(/Requests\/sec:\s+([\d.]+)/, output),
  };
}

async function runAb(port: number, seconds: number): Promise<LoadResult> {
  const words = ["-q", "-k", "-r", "-c", "400", "-t", String(seconds), "-n", "10000000", "-H", longUserAgent];
  const output = await runPinned("ab", [...words, `http://127.0.0.1:${port}${path}`]);
  return {
    requests: numberIn(/Complete requests:\s+(\d+)/, output),
    perSecond: numberIn(/Requests per second:\s+([\d.]+)/, output),
  };
}

async function runPinned(program: string, words: readonly string[]): Promise<string> {
  const [command, ...rest] = [...(canPin() ? ["taskset", "-c", "1"] : []), program, ...words];
  const child = spawn(command!, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${output}`);
  return output;
}

function numberIn(pattern: RegExp, text: string): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`a load generator said something else: ${text}`);
  return Number(found);
}
