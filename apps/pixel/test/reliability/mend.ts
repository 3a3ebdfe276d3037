import type { Hdfs } from "@sewer/hdfs-testbed";

/** Every role of the bed runs, one NameNode is active, all DataNodes are there, it is in no safe mode. */
export async function mend(hdfs: Hdfs): Promise<void> {
  for (const role of hdfs.roles) role.resume();
  if (hdfs.journalNode?.state === "stopped") await hdfs.journalNode.start();
  if (hdfs.journalNode !== undefined) await depose(hdfs);
  // A NameNode that comes alone waits for its DataNodes, in safe mode.
  for (const role of hdfs.nameNodes) if (role.state === "stopped") await role.launch();
  if (hdfs.journalNode !== undefined) await activate(hdfs);
  for (const role of hdfs.dataNodes) if (role.state === "stopped") await role.start();
  await hdfs.waitUntilReady();
}

/** A former active NameNode that was resumed ends at its first write, so also when it is told to step back. */
async function depose({ pair, nameNodes }: Hdfs): Promise<void> {
  for (const role of nameNodes) {
    if (role === pair.active || role.state === "stopped" || !(await pair.isActive(role))) continue;
    try {
      await pair.transitionToStandby(role);
    } catch {
      await role.kill();
    }
  }
}

async function activate({ pair }: Hdfs): Promise<void> {
  if (!(await pair.isActive(pair.active))) await pair.transitionToActive(pair.active);
}
