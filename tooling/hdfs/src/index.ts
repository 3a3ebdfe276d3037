// For tests. `describeHdfs` has a subpath of its own, @sewer/hdfs-testbed/vitest: vitest cannot be imported elsewhere.
export { startHdfs, type StartHdfsOptions } from "./start-hdfs.ts";
export { Hdfs, type HdfsOptions, type ToolOptions } from "./hdfs.ts";
export type { NameNodePair } from "./name-node-pair.ts";
export type { HdfsFiles, HdfsFileStatus, MakeOptions } from "./hdfs-files.ts";
export type { DirectoryWatch, WatchOptions } from "./directory-watch.ts";
export type { HdfsAdmin, LiveDataNode } from "./hdfs-admin.ts";
export { Role, type RoleState } from "./role.ts";
export { copyWithHadoop, type CopyWithHadoopOptions } from "./copy-with-hadoop.ts";
export { compileJava, type CompileJavaOptions, type JavaClass } from "./java-classes.ts";
export type { Hadoop } from "./hadoop.ts";
export { prepareHadoop } from "./prepare-hadoop.ts";
export { fetchJar } from "./fetch-jar.ts";
export { readWithHadoop } from "./read-with-hadoop.ts";
export type { HadoopRecord, ReadWithHadoopOptions } from "./read-with-hadoop.ts";
export { hdfsAvailability, type HdfsAvailability } from "./availability.ts";
export { testbedErrors } from "./errors.ts";
export { FaultProxy, type FaultProxyOptions } from "./fault-proxy/fault-proxy.ts";
export { BedProxies } from "./fault-proxy/bed-proxies.ts";
export type { ArmedFault, Ending, Fault, Side } from "./fault-proxy/fault.ts";
export type { RequestMatch, SeenRequest } from "./request-match.ts";
export type { Armed } from "./armed.ts";
export { Player, type PlayerOptions } from "./player/player.ts";
export { remoteException } from "./player/played-answer.ts";
export type {
  PlayedAnswer,
  PlayedAnswerSource,
  PlayedLine,
  PlayedMatch,
  PlayedRequest,
} from "./player/played-answer.ts";
export type { PlayedFile, PlayedFiles } from "./player/played-files.ts";
export {
  parseRecordedAnswers,
  recorded,
  recordedAnswers,
  toPlayedAnswer,
  type RecordedAnswer,
} from "./player/recorded-answers.ts";
export { fileChecksum, type FileChecksum } from "./player/file-checksum.ts";
