import type { Fault } from "../fault.ts";

/** A DataNode's own client takes up to 15 s to find the other NameNode; what waits in it is done then. */
const thePair = { cluster: "pair", touches: "roles", sink: { janitorDelay: "20s" } } as const;

const gone = /STANDBY|UNREACHABLE|NO_ANSWER|ATTEMPT_FAILED|DATANODE/;

/** Two NameNodes, of which one is active. */
export const pairFaults: readonly Fault[] = [
  {
    ...thePair,
    name: "failover in order",
    quick: true,
    async make(trial) {
      await trial.hdfs.pair.failover();
      await trial.delivered(2);
    },
  },
  {
    ...thePair,
    name: "active NameNode killed, the other one takes over",
    quick: true,
    async make(trial) {
      await trial.kill(trial.hdfs.pair.active);
      await trial.hdfs.pair.failover();
      await trial.delivered(2);
    },
  },
  {
    ...thePair,
    name: "active NameNode paused, the other one takes over, the former active one is resumed",
    quick: true,
    async make(trial) {
      const { pair } = trial.hdfs;
      const { active } = pair;
      await active.pause();
      // Somebody waits for it.
      await trial.proxyOf(active).on({}, { kind: "delay", ms: 0 }).hit();
      await pair.failover();
      // It answers as if nothing had happened, until its first write.
      active.resume();
      await trial.delivered(2);
    },
  },
  {
    ...thePair,
    name: "active NameNode paused, the other one takes over and gets batches meanwhile",
    async make(trial) {
      const { pair } = trial.hdfs;
      await pair.active.pause();
      await pair.failover();
      await trial.delivered(1);
    },
  },
  {
    ...thePair,
    name: "both NameNodes standby",
    // The longer there is no active one, the longer a DataNode's client sleeps between two looks.
    sink: { janitorDelay: "60s" },
    async make(trial) {
      const { pair } = trial.hdfs;
      await pair.transitionToStandby(pair.active);
      await trial.failed(/STANDBY|ATTEMPT_FAILED|DATANODE/);
    },
  },
  {
    ...thePair,
    name: "answer to RENAME lost in a failover",
    quick: true,
    async make(trial) {
      const rename = trial.atNameNodes({ op: "RENAME" }, { kind: "hold", side: "answer" });
      await rename.hit();
      await trial.hdfs.pair.failover();
      for (const proxy of trial.proxies.nameNodes) proxy.cutAll("rst");
      rename.release();
      await trial.delivered(2);
    },
  },
  {
    ...thePair,
    name: "RENAME held over a failover, then done at the former active NameNode",
    async make(trial) {
      const rename = trial.atNameNodes({ op: "RENAME" }, { kind: "hold" });
      await rename.hit();
      await trial.hdfs.pair.failover();
      rename.release();
      await trial.delivered(2);
    },
  },
  {
    ...thePair,
    name: "RENAME in the paused active NameNode, which is resumed after a failover",
    async make(trial) {
      const { pair } = trial.hdfs;
      const rename = trial.atNameNodes({ op: "RENAME" }, { kind: "hold" });
      const { path } = await rename.hit();
      const { active } = pair;
      await active.pause();
      rename.release();
      await pair.failover();
      await trial.renamed(path);
      // Its RENAME is the first write that it finds.
      active.resume();
      await active.exited();
    },
  },
  {
    ...thePair,
    name: "JournalNode killed: the active NameNode ends by itself",
    sink: { janitorDelay: "60s" },
    async make(trial) {
      const { journalNode, pair } = trial.hdfs;
      await journalNode?.kill();
      await pair.active.exited();
      await trial.failed(gone);
    },
  },
];
