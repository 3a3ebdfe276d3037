import type { Hdfs } from "@sewer/hdfs-testbed";

/** Every role of the bed runs, one NameNode is active, all DataNodes are there, it is in no safe mode. */
export async function mend(hdfs: Hdfs): Promise<void> {
  if (hdfs.journalNode?.state === "stopped") await hdfs.journalNode.start();
  if (hdfs.journalNode !== undefined) await depose(hdfs);
  for (const role of hdfs.roles) role.resume();
  // A NameNode that comes alone waits for its DataNodes, in safe mode.
  for (const role of hdfs.nameNodes) if (role.state === "stopped") await role.launch();
  if (hdfs.journalNode !== undefined) await activate(hdfs);
  for (const role of hdfs.dataNodes) if (role.state === "stopped") await role.start();
  if (hdfs.journalNode !== undefined) await rollEdits(hdfs);
  await hdfs.waitUntilReady();
}

/**
 * A standby that starts waits in safe mode for all blocks of the edits that it has read. Those of files that were
 * deleted since never come; it learns of the deletion when the active one begins the next segment of its log, which
 * it does by itself every two minutes only.
 */
async function rollEdits(hdfs: Hdfs): Promise<void> {
  await hdfs.pair.active.waitUntil(async () => {
    try {
      await hdfs.dfsAdmin("-rollEdits");
      return true;
    } catch (error) {
      if (/safe ?mode/i.test(String(error))) return false;
      throw error;
    }
  });
}

/**
 * Ends a former active NameNode, as fencing does. Left alone it would end at its first write, and until then its
 * DataNodes would not count as alive.
 */
async function depose({ pair, nameNodes }: Hdfs): Promise<void> {
  for (const role of nameNodes) {
    if (role === pair.active) continue;
    if (role.state === "paused" || (await pair.isActive(role))) await role.kill();
  }
}

async function activate({ pair }: Hdfs): Promise<void> {
  if (!(await pair.isActive(pair.active))) await pair.transitionToActive(pair.active);
}
