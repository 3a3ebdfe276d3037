/** The fields of an event as Hadoop's reader gives them: null has become "". */
export interface ExpectedEvent {
  readonly host: string;
  readonly requestPath: string;
  readonly queryString: string;
  readonly referer: string;
  readonly userAgent: string;
  readonly cookies: string;
}

/** One request and the event that it has to become. */
export interface KnownRequest {
  readonly head: Buffer;
  readonly event: ExpectedEvent;
}

const longUserAgent = "Mozilla/5.0 ".padEnd(800, "x");

/**
 * Request number `id`, distinct from all others, in one of the shapes that a pixel server meets: a
 * browser's head, UTF-8, empty and missing fields, an 800-byte User-Agent, a 6 KB query, two Cookie fields.
 */
export function knownRequest(id: number): KnownRequest {
  switch (id % 7) {
    case 0:
      return request({
        path: `/pixel/${id}`,
        query: `id=${id}`,
        userAgent: longUserAgent,
        referer: "http://example.com/a?b=c",
      });
    case 1:
      return request({
        path: `/größe/${id}`,
        query: `名=${id}`,
        userAgent: `Агент ${id} 🚀`,
        referer: `http://example.com/ü/${id}`,
      });
    case 2:
      return request({ path: `/no-query/${id}` });
    case 3:
      return request({ path: `/empty/${id}`, query: "", userAgent: "", referer: "", cookies: [""] });
    case 4:
      return request({
        path: "/long",
        query: `id=${id}&pad=`.padEnd(6 * 1024, "q"),
        userAgent: "curl/8.5.0",
      });
    case 5:
      return request({ path: "/c", query: `id=${id}`, cookies: [`uid=${id}; theme=dark`, "consent=yes"] });
    default:
      return request({
        path: "/p.gif",
        query: `id=${id}&u=https%3A%2F%2Fshop.example%2Fitem%3Fno%3D${id}&w=1920&h=1080`,
        userAgent:
          "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
        referer: `https://shop.example/item?no=${id}`,
        cookies: [`_ga=GA1.2.${id}.1700000000`],
      });
  }
}

interface RequestFields {
  readonly path: string;
  readonly query?: string;
  readonly userAgent?: string;
  readonly referer?: string;
  readonly cookies?: readonly string[];
}

function request({ path, query, userAgent, referer, cookies = [] }: RequestFields): KnownRequest {
  const target = query === undefined ? path : `${path}?${query}`;
  const fields = [
    "Host: Pixel.example:8080",
    "Accept: image/avif,image/webp,*/*;q=0.8",
    ...(userAgent === undefined ? [] : [`User-Agent: ${userAgent}`]),
    ...(referer === undefined ? [] : [`referer:${referer}`]),
    ...cookies.map((cookie) => `Cookie: ${cookie}`),
  ];
  return {
    head: Buffer.from(`GET ${target} HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n`),
    event: {
      host: "Pixel.example",
      requestPath: path,
      queryString: query ?? "",
      referer: referer ?? "",
      userAgent: userAgent ?? "",
      cookies: cookies.join("; "),
    },
  };
}

/** What tells one event from all others: every field but the time. */
export function eventKey(event: ExpectedEvent & { readonly ip?: string }): string {
  const { host, requestPath, queryString, referer, userAgent, cookies } = event;
  return JSON.stringify([host, requestPath, queryString, referer, userAgent, cookies]);
}
