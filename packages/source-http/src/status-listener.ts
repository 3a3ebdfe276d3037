import { createServer, type Server } from "node:http";
import type { HealthAnswer } from "./health.ts";

const connectionsMax = 1024;
const requestTimeMs = 10_000;

/**
 * The server of the status port: nothing that it is asked is recorded or counted. A load balancer asks it a few
 * times a second, so Node's own server will do.
 *
 * @param health the answer to a request with this target, whatever its method.
 */
export function createStatusServer(health: (target: string) => HealthAnswer): Server {
  const server = createServer(
    { headersTimeout: requestTimeMs, requestTimeout: requestTimeMs, connectionsCheckingInterval: 1000 },
    (request, response) => {
      // Node reads and drops the body of a request that nobody read.
      const { status, body } = health(request.url ?? "");
      response.writeHead(status, { "Content-Length": Buffer.byteLength(body) });
      response.end(request.method === "HEAD" ? undefined : body);
    },
  );
  server.maxConnections = connectionsMax;
  return server;
}
