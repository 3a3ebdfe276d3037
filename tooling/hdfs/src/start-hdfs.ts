import { Hdfs, type HdfsOptions } from "./hdfs.ts";
import { prepareHadoop, type Progress } from "./prepare-hadoop.ts";

/** What {@link startHdfs} takes. */
export interface StartHdfsOptions extends HdfsOptions {
  /** Told about steps that take seconds, which are there on the first run only. */
  readonly onProgress?: Progress;
}

/**
 * Starts a real HDFS: a NameNode and DataNodes as JVMs of their own, on free ports of 127.0.0.1, empty and ready
 * to be written to. It ends with `close()`, and with this process, however that ends.
 *
 * The very first call fetches Hadoop, which takes a minute or more; later ones take a few seconds.
 * Fails with the codes of `testbedErrors`.
 */
export async function startHdfs({ onProgress, ...options }: StartHdfsOptions = {}): Promise<Hdfs> {
  const hadoop = await prepareHadoop(onProgress);
  return Hdfs.start(hadoop, options);
}
