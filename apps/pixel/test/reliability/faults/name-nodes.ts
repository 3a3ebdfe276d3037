import type { Fault } from "../fault.ts";

const theCluster = { cluster: "single", touches: "roles" } as const;

/** Of a NameNode that is not there, or does not speak; also as its DataNodes tell of it. */
const gone = /UNREACHABLE|NO_ANSWER|ATTEMPT_FAILED|DATANODE/;
const safeMode = /SAFE_MODE|STARTING|ATTEMPT_FAILED|DATANODE/;

/** The one NameNode of a cluster. */
export const nameNodeFaults: readonly Fault[] = [
  {
    ...theCluster,
    name: "NameNode killed",
    quick: true,
    async make(trial) {
      await trial.kill(trial.hdfs.nameNode);
      await trial.failed(gone);
    },
  },
  {
    ...theCluster,
    name: "NameNode killed with the answer to a RENAME on its way",
    async make(trial) {
      const rename = trial.atNameNodes({ op: "RENAME" }, { kind: "hold", side: "answer" });
      await rename.hit();
      await trial.kill(trial.hdfs.nameNode);
      rename.release();
      await trial.failed(gone);
    },
  },
  {
    ...theCluster,
    name: "NameNode paused",
    quick: true,
    async make(trial) {
      await trial.hdfs.nameNode.pause();
      await trial.failed(gone);
    },
  },
  {
    ...theCluster,
    name: "NameNode stopped in order and started",
    async make(trial) {
      await trial.hdfs.nameNode.stop();
      await trial.failed(gone);
    },
  },
  {
    ...theCluster,
    name: "NameNode in safe mode by hand",
    quick: true,
    async make(trial) {
      await trial.hdfs.admin.enterSafeMode();
      await trial.failed(safeMode);
    },
    heal: (trial) => trial.hdfs.admin.leaveSafeMode(),
  },
  {
    ...theCluster,
    name: "NameNode in safe mode at its start",
    async make(trial) {
      const { nameNode, dataNodes } = trial.hdfs;
      for (const dataNode of dataNodes) await trial.kill(dataNode);
      await trial.kill(nameNode);
      await nameNode.start();
      await trial.proxyOf(nameNode).accept();
      await trial.failed(safeMode);
    },
  },
];
