import { seededRandom } from "@sewer/testkit";

/** Length of a record of the real world with its cookies: what the figures are about. */
export const recordBytes = 963;

/** Records of {@link recordBytes} with other bytes each; always the same ones. */
export function sampleRecords(count = 64): Buffer[] {
  const random = seededRandom(963);
  return Array.from({ length: count }, () => Buffer.from(random.bytes(recordBytes)));
}
