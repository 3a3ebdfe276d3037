import type { IncomingHttpHeaders } from "node:http";
import type { Ending } from "../fault-proxy/fault.ts";
import type { RequestMatch, SeenRequest } from "../request-match.ts";

/** A request that came to the player. */
export interface PlayedRequest extends SeenRequest {
  /** Who was asked: `nn1`, `nn2`, `dn1`, ... */
  readonly at: string;
  readonly headers: IncomingHttpHeaders;
}

/** Which requests are meant. */
export interface PlayedMatch extends RequestMatch {
  /** `nn1`, or the beginning of it: `nn`, `dn`. */
  readonly at?: string;
}

/** What is done to a request. */
export type PlayedAnswer =
  | {
      readonly status: number;
      /** @default the content type of JSON when the body is no text and no bytes */
      readonly headers?: Readonly<Record<string, string>>;
      /** Text, bytes, or what is sent as JSON. */
      readonly body?: unknown;
      /** Whether the request's body is awaited. @default true up to status 299, false from 300 on: as Hadoop does */
      readonly afterBody?: boolean;
    }
  | {
      /** The connection ends without an answer; `silence`: it stays, and no answer comes. */
      readonly end: Ending;
      /**
       * - `head`: at once.
       * - `continue`: behind the DataNode's 100 Continue.
       * - `body`: when the request's body was read.
       * - `done`: when the files were changed as the request wants.
       *
       * @default "head"
       */
      readonly after?: "head" | "continue" | "body" | "done";
    };

/** An answer, or how it is found; undefined: the request is answered from the files. */
export type PlayedAnswerSource =
  | PlayedAnswer
  | ((request: PlayedRequest) => PlayedAnswer | undefined | Promise<PlayedAnswer | undefined>);

/** A line of a script. */
export interface PlayedLine {
  readonly match: PlayedMatch;
  readonly answer: PlayedAnswerSource;
}

/** A refusal in Hadoop's form: 404 for a FileNotFoundException, 400 for a wrong parameter, 403 for all others. */
export function remoteException(exception: string, message: string): PlayedAnswer {
  const javaClassName = classNames[exception] ?? `org.apache.hadoop.ipc.${exception}`;
  const status = statuses[exception] ?? 403;
  return { status, body: { RemoteException: { exception, javaClassName, message } } };
}

const statuses: Readonly<Record<string, number>> = {
  FileNotFoundException: 404,
  IllegalArgumentException: 400,
};

const classNames: Readonly<Record<string, string>> = {
  FileNotFoundException: "java.io.FileNotFoundException",
  IOException: "java.io.IOException",
  IllegalArgumentException: "java.lang.IllegalArgumentException",
  FileAlreadyExistsException: "org.apache.hadoop.fs.FileAlreadyExistsException",
  ParentNotDirectoryException: "org.apache.hadoop.fs.ParentNotDirectoryException",
  AccessControlException: "org.apache.hadoop.security.AccessControlException",
  SafeModeException: "org.apache.hadoop.hdfs.server.namenode.SafeModeException",
};
