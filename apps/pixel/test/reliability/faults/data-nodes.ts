import type { Hdfs } from "@sewer/hdfs-testbed";
import type { Fault } from "../fault.ts";

const theCluster = { cluster: "single", touches: "roles" } as const;

/** Slow enough that an upload is under way for seconds. */
const slow = { kind: "throttle", bytesPerSecond: 8 * 1024 } as const;

/** What no DataNode means: the one that was chosen does not answer, or the NameNode knows of none. */
const gone = /DATANODE|ATTEMPT_FAILED/;

/** The DataNodes. All but a few faults leave one of the two. */
export const dataNodeFaults: readonly Fault[] = [
  {
    ...theCluster,
    name: "DataNode killed before an upload",
    quick: true,
    async make(trial) {
      const upload = trial.atDataNodes({ op: "CREATE" }, { kind: "hold" });
      await trial.kill(trial.dataNodeOf(await upload.hit()));
      upload.release();
      await trial.delivered(2);
    },
  },
  {
    ...theCluster,
    name: "DataNode killed during an upload",
    quick: true,
    async make(trial) {
      const upload = trial.atDataNodes({ op: "CREATE" }, slow);
      await trial.kill(trial.dataNodeOf(await upload.hit()));
      upload.release();
      await trial.delivered(2);
    },
  },
  {
    ...theCluster,
    name: "DataNode killed during an upload, the other one goes on with two replicas",
    sink: { replication: 2 },
    async make(trial) {
      const upload = trial.atDataNodes({ op: "CREATE" }, slow);
      const receiver = trial.dataNodeOf(await upload.hit());
      // The second one of the pipeline, which no proxy stands before.
      const second = trial.hdfs.dataNodes.find((dataNode) => dataNode !== receiver);
      if (second !== undefined) await trial.kill(second);
      upload.release();
      await trial.delivered(2);
    },
  },
  {
    ...theCluster,
    name: "DataNode killed after an upload, before its checksum is asked for",
    async make(trial) {
      const look = trial.atNameNodes({ op: "GETFILECHECKSUM" }, { kind: "hold" });
      const { path } = await look.hit();
      const [replicas] = await trial.hdfs.files.replicas(path);
      const live = await trial.hdfs.admin.liveDataNodes();
      const holder = live.find(({ dataAddress }) => replicas?.includes(dataAddress));
      const role = trial.hdfs.dataNodes.find(
        ({ httpUrl }) => portOf(httpUrl) === holder?.httpAddress.split(":")[1],
      );
      if (role === undefined) throw new Error(`no DataNode has ${path}`);
      await trial.kill(role);
      look.release();
      await trial.delivered(2);
    },
  },
  {
    ...theCluster,
    name: "DataNode paused",
    // The upload that hangs in it is carried out when it is resumed; its batch was delivered long before.
    sink: { janitorDelay: "60s" },
    async make(trial) {
      const upload = trial.atDataNodes({ op: "CREATE" }, { kind: "hold" });
      await trial.dataNodeOf(await upload.hit()).pause();
      upload.release();
      await trial.delivered(2);
    },
  },
  {
    ...theCluster,
    name: "all DataNodes killed",
    quick: true,
    async make(trial) {
      for (const dataNode of trial.hdfs.dataNodes) await trial.kill(dataNode);
      await trial.failed(gone);
    },
  },
  {
    ...theCluster,
    name: "all DataNodes killed until the NameNode knows it",
    async make(trial) {
      for (const dataNode of trial.hdfs.dataNodes) await trial.kill(dataNode);
      await trial.failed(/NO_DATANODE/);
    },
  },
  {
    ...theCluster,
    name: "all DataNodes paused",
    sink: { janitorDelay: "60s" },
    async make(trial) {
      for (const dataNode of trial.hdfs.dataNodes) await dataNode.pause();
      await trial.failed(gone);
    },
  },
  {
    ...theCluster,
    name: "disks of all DataNodes full",
    async make(trial) {
      await restartDataNodes(trial.hdfs, { "dfs.datanode.du.reserved": String(2 ** 50) });
      await trial.failed(/NO_DATANODE/);
    },
    heal: ({ hdfs }) => restartDataNodes(hdfs, {}),
  },
];

function portOf(url: string): string {
  return new URL(url).port;
}

async function restartDataNodes(hdfs: Hdfs, properties: Readonly<Record<string, string>>): Promise<void> {
  for (const dataNode of hdfs.dataNodes) {
    await hdfs.setProperties(dataNode, properties);
    await dataNode.stop();
    await dataNode.start();
  }
}
