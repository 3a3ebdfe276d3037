/** A request of a browser whose record has `recordBytes` bytes, when the client's address is 127.0.0.1. */
export const pixelRequest: Buffer = Buffer.from(
  [
    `GET /pixel.gif?${query(300)} HTTP/1.1`,
    "Host: pixel.example.org",
    "Connection: keep-alive",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    `Referer: https://www.example.org/articles/${"r".repeat(120)}`,
    "Accept: image/avif,image/webp,image/png,*/*;q=0.8",
    "Accept-Encoding: gzip, deflate, br",
    "Accept-Language: en-US,en;q=0.5",
    `Cookie: id=${"c".repeat(350)}`,
    "",
    "",
  ].join("\r\n"),
  "latin1",
);

function query(length: number): string {
  return "event=view&page=".padEnd(length, "q");
}
