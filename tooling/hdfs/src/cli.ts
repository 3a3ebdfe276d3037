import { parseArgs } from "node:util";
import { isSewerError, SewerError } from "@sewer/core";
import { bedDown, bedRequest, bedUp, needBed, runFs } from "./bed-client.ts";
import { bedFiles, readBedState, type BedState, type RoleStatus } from "./bed-state.ts";
import { missingRequirementCodes, testbedErrors } from "./errors.ts";
import { supervise } from "./supervisor.ts";

const usage = `A real HDFS on this machine, for trying things.

  pnpm hdfs up [--datanodes N] [--json]   start it (the first time fetches Hadoop, 89 MB)
  pnpm hdfs status [--json]               what runs; exit code 1 when nothing does
  pnpm hdfs down                          end it and delete its files
  pnpm hdfs kill|pause|resume|stop|start ROLE
                                          SIGKILL, SIGSTOP, SIGCONT, SIGTERM, a new process
  pnpm hdfs fs ARGS...                    Hadoop's own client: pnpm hdfs fs -ls -R /

ROLE is namenode, datanode-1, datanode-2 ...
Exit codes: 0 done, 1 failed, 2 wrong command line, 3 Java or Maven is missing.
`;

process.exitCode = await main(process.argv.slice(2)).catch(failed);

async function main([command = "help", ...rest]: string[]): Promise<number> {
  switch (command) {
    case "up":
      return up(rest);
    case "down":
      return down(rest);
    case "status":
      return status(rest);
    case "kill":
    case "pause":
    case "resume":
    case "stop":
    case "start":
      return act(command, rest);
    case "fs":
      return runFs(rest);
    case "supervise":
      await supervise(Number(rest[0]));
      return 0;
    case "help":
    case "--help":
    case "-h":
      print(usage);
      return 0;
    default:
      throw wrongUsage(`There is no command "${command}".`);
  }
}

async function up(commandArguments: string[]): Promise<number> {
  const { json, datanodes } = options(commandArguments, 0).values;
  const dataNodes = Number(datanodes ?? 1);
  if (!(Number.isInteger(dataNodes) && dataNodes >= 1 && dataNodes <= 9)) {
    throw wrongUsage("--datanodes takes a number from 1 to 9.");
  }
  const running = await readBedState();
  const bed = running ?? (await bedUp(dataNodes, (line) => process.stderr.write(`${line}\n`)));
  if (json) return printStatus(bed, true);
  print(running === undefined ? "HDFS is up.\n" : "HDFS was up already.\n");
  await printStatus(bed, false);
  print(`\nThe sink of a sewer.yaml that delivers to it:\n\n${sinkConfig(bed)}`);
  print("\nNext:   pnpm hdfs fs -ls -R /\nEnd it: pnpm hdfs down\n");
  return 0;
}

function sinkConfig({ namenodeUrl, user }: BedState): string {
  const lines = [
    "sink:",
    "  type: hdfs",
    `  namenodes: ['${namenodeUrl}']`,
    `  user: ${user}`,
    "  path: '/collect/%{yyyy-MM-dd/HH00}/data-%{host}-%{yyyyMMdd-HHmmss}'",
    "  replication: 1",
  ];
  return lines.map((line) => `    ${line}\n`).join("");
}

async function down(commandArguments: string[]): Promise<number> {
  options(commandArguments, 0);
  const wasUp = await bedDown();
  print(wasUp ? "HDFS is down, its files are deleted.\n" : "HDFS was not up.\n");
  return 0;
}

async function status(commandArguments: string[]): Promise<number> {
  const { json } = options(commandArguments, 0).values;
  const bed = await readBedState();
  if (bed !== undefined) return printStatus(bed, json === true);
  print(json ? '{"up":false}\n' : "HDFS is not up. Start it: pnpm hdfs up\n");
  return 1;
}

async function act(action: string, commandArguments: string[]): Promise<number> {
  const [role = ""] = options(commandArguments, 1).positionals;
  const roles = await bedRequest(await needBed(), `/${encodeURIComponent(role)}/${action}`);
  print(roleLines(roles));
  return 0;
}

async function printStatus(bed: BedState, json: boolean): Promise<number> {
  const roles = await bedRequest(bed, "/");
  const { namenodeUrl, fsUri, user, folder } = bed;
  if (json) {
    print(`${JSON.stringify({ up: true, namenodeUrl, fsUri, user, folder, roles })}\n`);
    return 0;
  }
  print(`
  WebHDFS  ${namenodeUrl}/webhdfs/v1/?op=LISTSTATUS&user.name=${user}
  Clients  ${fsUri} (superuser ${user})
  Logs     ${folder}/ROLE/ROLE.log, ${bedFiles().log}

${roleLines(roles)}`);
  return 0;
}

function roleLines(roles: readonly RoleStatus[]): string {
  return roles
    .map(
      ({ name, state, pid, httpUrl }) => `  ${name.padEnd(12)} ${state.padEnd(8)} ${httpUrl}  ${pid ?? ""}`,
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

function options(commandArguments: string[], positionals: number) {
  try {
    const parsed = parseArgs({
      args: commandArguments,
      options: { json: { type: "boolean" }, datanodes: { type: "string" } },
      allowPositionals: true,
    });
    if (parsed.positionals.length === positionals) return parsed;
  } catch (error) {
    throw wrongUsage((error as Error).message);
  }
  throw wrongUsage(positionals === 0 ? "This command takes no argument." : "This command takes one role.");
}

function wrongUsage(what: string): SewerError {
  return new SewerError(testbedErrors.usage, `${what}\n\n${usage}`);
}

function failed(error: unknown): number {
  if (!isSewerError(error)) throw error;
  process.stderr.write(`${error.message}\n[${error.code}]\n`);
  if (missingRequirementCodes.has(error.code)) return 3;
  return error.code === testbedErrors.usage ? 2 : 1;
}

function print(text: string): void {
  process.stdout.write(text);
}
