import { createServer, type Server } from "node:http";

const connectionsMax = 1024;
const requestTimeMs = 10_000;

/**
 * The server of the status port: `200` with `Content-Length: 0` for every path and method, nothing recorded
 * and nothing counted, as the original's. A load balancer asks it a few times a second, so Node's own server
 * will do.
 */
export function createStatusServer(): Server {
  const server = createServer(
    { headersTimeout: requestTimeMs, requestTimeout: requestTimeMs, connectionsCheckingInterval: 1000 },
    (_request, response) => {
      // Node reads and drops the body of a request that nobody read.
      response.writeHead(200, { "Content-Length": 0 });
      response.end();
    },
  );
  server.maxConnections = connectionsMax;
  return server;
}
