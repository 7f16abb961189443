import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createD365Simulator, type D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import type { SimulatedRequest, Simulator } from '../../nodes/sandbox/simulator';
import { help } from './helper';
import { CLIENT_SECRET, shopOf } from './payload';

/** Calls that came, by what they were. */
export type Tally = Record<string, number>;

let simulator: D365Simulator | undefined;
let tally: Tally = {};

/** Counts what comes and hands it on. */
function counting(inner: D365Simulator): Simulator {
  return {
    name: inner.name,
    handle: (request) => {
      const kind = kindOf(request);
      tally[kind] = (tally[kind] ?? 0) + 1;
      return inner.handle(request);
    },
  };
}

function kindOf({ method, url, body }: SimulatedRequest): string {
  const path = url.split('?')[0] ?? '';
  if (path.endsWith('/token')) return 'token';
  if (!path.endsWith('$batch')) return `${method} ${path.replace('/data/', '')}`;
  const text = body.toString('latin1');
  const sets = new Set([...text.matchAll(/(?:GET|POST) \S*?\/?data\/(\w+)/g)].map((match) => match[1]));
  const writes = /content-type:\s*multipart\/mixed/i.test(text);
  return `${writes ? 'write' : 'read'} together: ${[...sets].join(', ')}`;
}

help({
  /** The simulated Dynamics 365 with one posted order for each return. */
  simulate: async ({ orders, latencyMs }: { orders: number; latencyMs: number }) => {
    simulator = createD365Simulator({
      world: shopOf(orders),
      tenant: 'bench-tenant',
      clientId: 'bench-client',
      clientSecret: CLIENT_SECRET,
    });
    simulator.dials.latencyMs = latencyMs;
    return (await startSandboxServer([counting(simulator)])).baseUrl('d365');
  },
  tally: () => {
    const counted = tally;
    tally = {};
    return counted;
  },
  returnOrders: () => simulator?.observer.returnOrders().length ?? 0,
  /** An ERP that says yes at once, or after a while, and looks at nothing. */
  mock: async ({ latencyMs }: { latencyMs: number }) => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        const answer = (): void => {
          response.writeHead(201, { 'content-type': 'application/json' });
          response.end('{"number":"000001"}');
        };
        if (latencyMs > 0) setTimeout(answer, latencyMs);
        else answer();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
  },
});
