import type { JsonObject } from "@sewer/core";
import type { FlowStatus, SinkStatus } from "@sewer/flow";
import type { MBean } from "./mbeans.ts";

/** A flow as its beans see it. */
export interface BeanFlow {
  readonly name: string;
  readonly flow: { status(): FlowStatus };
}

/** The beans of a flow: its spool, and of each sink what it got and how its retries stand. */
export function flowBeans({ name, flow }: BeanFlow): MBean[] {
  const { state, ingest, delivery } = flow.status();
  const spool: MBean = {
    name: `sewer:type=Spool,name=${name}`,
    className: "sewer.Spool",
    description: "What waits on disk",
    attributes() {
      const { spool: writer, failure, incarnation } = ingest;
      const { refused, obstacle, unwritten, unsynced, bytesFree, ...counters } = writer ?? {};
      return {
        state,
        incarnation: incarnation ?? null,
        failure: failure ?? null,
        obstacle: obstacle ?? null,
        bytesFree: bytesFree ?? null,
        ...counters,
        refused: { ...refused },
        unwritten: { ...unwritten },
        unsynced: { ...unsynced },
      };
    },
  };
  return [spool, ...delivery.sinks.flatMap((sink) => sinkBeans(name, sink))];
}

function sinkBeans(flow: string, sink: SinkStatus): MBean[] {
  const { name, isOpen, isFailing, delivered, deliveredRecords, quarantined, lastFailure } = sink;
  const { breaker, waiting, retrying, running, nextAttemptMs } = sink;
  return [
    {
      name: `sewer:type=Sink,flow=${flow},name=${name}`,
      className: "sewer.Sink",
      description: "What a sink has got",
      attributes: (): JsonObject => ({
        isOpen,
        isFailing,
        delivered,
        deliveredRecords,
        quarantined,
        lastFailure:
          lastFailure === undefined ? null : { ...lastFailure, batchId: lastFailure.batchId ?? null },
      }),
    },
    {
      name: `sewer:type=Retry,flow=${flow},name=${name}`,
      className: "sewer.Retry",
      description: "How deliveries to a sink stand",
      attributes: (): JsonObject => ({
        breaker,
        waiting,
        retrying,
        running,
        nextAttemptMs: nextAttemptMs ?? null,
      }),
    },
  ];
}
