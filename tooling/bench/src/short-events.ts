import { seededRandom } from "@sewer/testkit";
import type { AccessLogEventInput } from "@sewer/writable";

const userAgent =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/** Events of 295 bytes as a Writable, on average: requests with few cookies. Always the same ones. */
export function shortEvents(count = 4096): AccessLogEventInput[] {
  const random = seededRandom(295);
  const token = (bytes: number): string => Buffer.from(random.bytes(bytes)).toString("base64url");
  return Array.from({ length: count }, (_, i) => ({
    timestamp: 1_700_000_000_000 + i,
    ip: `192.0.2.${i % 256}`,
    host: "shop.example.com",
    requestPath: "/pixel.gif",
    queryString: `page=${1000 + i}&view=${token(15)}`,
    referer: `https://shop.example.com/catalogue/shoes/${1000 + i}`,
    userAgent,
    cookies: `visitor=${token(24)}; consent=all`,
  }));
}
