import { randomInt } from "node:crypto";
import * as net from "node:net";

/**
 * Below those that systems give to outgoing connections (from 32768 on Linux, 49152 elsewhere), which may take a port between
 * the moment that it is found free and that in which somebody listens there.
 */
const range = { from: 12_000, to: 32_000 };

/** As many free loopback ports as asked for, all different. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held open until the last is known: none is found twice.
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

function listen(): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(listen());
      else reject(error);
    });
    server.listen(randomInt(range.from, range.to), "127.0.0.1", () => {
      resolve(server);
    });
  });
}
