import { seededRandom } from "@sewer/testkit";
import { accessLogEvent } from "@sewer/writable";

/** The fields of an event that a request carries. */
interface SampleEvent {
  readonly requestPath: string;
  readonly queryString: string;
  readonly referer: string;
  readonly userAgent: string;
  readonly cookies: string;
}

const host = "shop.example.com";
const userAgent =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/**
 * Events that differ as real ones do: about 950 bytes each, which gzip makes 2.6 times smaller. Always the same
 * ones; so many that no window of a compressor sees one of them twice.
 */
const events: readonly SampleEvent[] = makeEvents(4096);

function makeEvents(count: number): SampleEvent[] {
  const random = seededRandom(963);
  const token = (bytes: number): string => Buffer.from(random.bytes(bytes)).toString("base64url");
  return Array.from({ length: count }, (_, i) => ({
    requestPath: "/pixel/collect.gif",
    queryString: `page=/catalogue/shoes/${i}&session=${token(48)}&campaign=autumn&currency=EUR&view=${token(24)}`,
    referer: `https://${host}/catalogue/shoes/${i}?from=newsletter&position=${i % 10}`,
    userAgent,
    cookies:
      `visitor=${token(96)}; consent=all; experiment=control; basket=${token(75)}; theme=light; ` +
      `_ga=GA1.2.${i}; first-visit=${token(87)}; landing=https://${host}/?utm_source=newsletter&utm_medium=email&utm_campaign=autumn&utm_content=header`,
  }));
}

/** Each event as a browser's request, GET with keep-alive. */
export function sampleRequests(): Buffer[] {
  return events.map(({ requestPath, queryString, referer, userAgent: agent, cookies }) =>
    Buffer.from(
      [
        `GET ${requestPath}?${queryString} HTTP/1.1`,
        `Host: ${host}`,
        "Connection: keep-alive",
        `User-Agent: ${agent}`,
        `Referer: ${referer}`,
        "Accept: image/avif,image/webp,image/png,*/*;q=0.8",
        "Accept-Encoding: gzip, deflate, br",
        "Accept-Language: en-US,en;q=0.5",
        `Cookie: ${cookies}`,
        "",
        "",
      ].join("\r\n"),
      "latin1",
    ),
  );
}

/** Each event as the record that the spool gets of that request. */
export function sampleEventRecords(): Buffer[] {
  return events.map((event, i) =>
    accessLogEvent.encodeRecord({ timestamp: 1_700_000_000_000 + i, ip: "127.0.0.1", host, ...event }),
  );
}
