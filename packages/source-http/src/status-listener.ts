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
    (request, response) => {
      // A body is read and dropped, so that the connection stays in step.
      request.resume();
      response.writeHead(200, { "Content-Length": 0 });
      response.end();
    },
  );
  server.maxConnections = connectionsMax;
  return server;
}
