import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveSimulator, type Simulator } from './simulator';

export interface SandboxServer {
  /** Address of a simulator, for example `http://127.0.0.1:41234/d365`. */
  baseUrl(name: string): string;
  close(): Promise<void>;
}

/**
 * Serves simulators on one loopback port that the system chooses, each below a path of its own name. Nobody outside
 * the machine can reach it.
 */
export async function startSandboxServer(simulators: readonly Simulator[]): Promise<SandboxServer> {
  const byName = new Map(simulators.map((simulator) => [simulator.name, simulator]));
  const server = createServer((request, response) => {
    const match = /^\/([a-z0-9-]+)(\/.*)?$/.exec(request.url ?? '');
    const simulator = byName.get(match?.[1] ?? '');
    if (!simulator) {
      response.writeHead(404);
      response.end();
      return;
    }
    serveSimulator(simulator, match?.[2] ?? '/', request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.keepAliveTimeout = 60_000;
  await listen(server);
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: (name) => `http://127.0.0.1:${port}/${name}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.removeListener('error', reject);
      // A sandbox alone must not keep a process alive.
      server.unref();
      resolve();
    });
  });
}
