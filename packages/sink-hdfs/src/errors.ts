/** The codes of this package's errors. */
export const hdfsErrors = {
  /** A NameNode that is not the active one, or an observer. */
  standby: "SEWER_HDFS_STANDBY",
  /** A NameNode that is starting. */
  starting: "SEWER_HDFS_STARTING",
  /** HDFS is in safe mode: at its start, by hand, or because the NameNode's disk is full. */
  safeMode: "SEWER_HDFS_SAFE_MODE",
  /** No DataNode can take the data: all are gone, or full. */
  noDataNode: "SEWER_HDFS_NO_DATANODE",
  /** A quota (names, space, storage type, entries of a directory) is used up. */
  quota: "SEWER_HDFS_QUOTA",
  /** The user may not do this. */
  permission: "SEWER_HDFS_PERMISSION",
  /** The cluster asks for an authentication that this sink does not have. */
  authentication: "SEWER_HDFS_AUTHENTICATION",
  /** The cluster does not take a parameter, e.g. blockSize or replication. */
  configuration: "SEWER_HDFS_CONFIGURATION",
  /** The server does not know the operation. */
  unsupported: "SEWER_HDFS_UNSUPPORTED",
  /** HDFS cannot have a file under the batch's path: too long, a parent is a file, a directory is there. */
  path: "SEWER_HDFS_PATH",
  /** The file is not there. */
  notFound: "SEWER_HDFS_NOT_FOUND",
  /** The name is taken. */
  exists: "SEWER_HDFS_EXISTS",
  /** One attempt to write a file failed; another may succeed at once. */
  attemptFailed: "SEWER_HDFS_ATTEMPT_FAILED",
  /** A DataNode cannot be reached, hangs or breaks off; another may not. */
  dataNode: "SEWER_HDFS_DATANODE",
  /** HDFS holds other bytes than those that were sent. */
  mismatch: "SEWER_HDFS_MISMATCH",
  /** A file has fewer replicas than `minReplicas` asks for. */
  replicas: "SEWER_HDFS_REPLICAS",
  /** A redirect that is not followed, because it leads somewhere else than to the file on a DataNode. */
  redirect: "SEWER_HDFS_REDIRECT",
  /** A NameNode cannot be reached; nothing was sent. */
  unreachable: "SEWER_HDFS_UNREACHABLE",
  /** A NameNode did not answer; whether it did what was asked is unknown. */
  noAnswer: "SEWER_HDFS_NO_ANSWER",
  /** What answers is no WebHDFS: a wrong port, a proxy, WebHDFS turned off. */
  notWebHdfs: "SEWER_HDFS_NOT_WEBHDFS",
  /** A failure that is in no table. */
  failed: "SEWER_HDFS_FAILED",
} as const;

/** One of {@link hdfsErrors}. */
export type HdfsErrorCode = (typeof hdfsErrors)[keyof typeof hdfsErrors];
