import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { claimHttpPorts } from "../src/claim-ports.ts";
import { closeServer, listen } from "../src/listen.ts";

const host = "127.0.0.1";

it("port 0 becomes two ports that can be bound then", async () => {
  const { port, statusPort } = await claimHttpPorts({ host, port: 0, statusPort: 0 });
  expect(port).not.toBe(statusPort);
  for (const one of [port, statusPort]) {
    const server = createServer();
    expect(await listen(server, { host, port: one, key: "port" })).toBe(`http://${host}:${one}`);
    await closeServer(server);
  }
});

it.for(["port", "statusPort"] as const)(
  "a %s that another program shares with others is in use",
  async (key) => {
    const other = createServer().listen({ host, port: 0, reusePort: true });
    onTestFinished(() => closeServer(other));
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const claim = claimHttpPorts({ host, port: 0, statusPort: 0, [key]: port });
    await expect(claim).rejects.toMatchObject({ code: "SEWER_HTTP_PORT_IN_USE" });
  },
);

it("sources that share a port bind it side by side; one that does not is refused", async () => {
  const address = { host, port: (await claimHttpPorts({ host, port: 0, statusPort: 0 })).port, key: "port" };
  const servers = [createServer(), createServer(), createServer()] as const;
  onTestFinished(async () => void (await Promise.all(servers.map(closeServer))));
  await listen(servers[0], { ...address, reusePort: true });
  await listen(servers[1], { ...address, reusePort: true });
  await expect(listen(servers[2], address)).rejects.toMatchObject({ code: "SEWER_HTTP_PORT_IN_USE" });
});
