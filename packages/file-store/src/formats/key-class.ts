import { accessLogEvent, extendedAccessLogEvent } from "@sewer/writable";

/** The Java class of a SequenceFile's keys, by the name of the records' schema. */
export function keyClassOf(schemaName: string): string | undefined {
  const events = [accessLogEvent, extendedAccessLogEvent];
  return events.find(({ name }) => name === schemaName)?.className;
}
