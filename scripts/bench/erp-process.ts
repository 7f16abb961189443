import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBrightpearlSimulator } from '../../nodes/sandbox/brightpearl/brightpearl-simulator';
import { createD365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import type { SimulatedRequest, Simulator } from '../../nodes/sandbox/simulator';
import { BRIGHTPEARL_SECRETS } from '../brightpearl-flow';
import { help } from './helper';
import { CLIENT_SECRET, shopOf } from './payload';

/** Calls that came, by what they were. */
export type Tally = Record<string, number>;

/** What an ERP is simulated with: one sold order for each return. */
export interface ErpWish {
  erp?: 'd365' | 'brightpearl';
  orders: number;
  latencyMs: number;
  /** Brightpearl only: calls a minute that its throttle lets through; none for no throttle. */
  callsPerMinute?: number;
}

/** What stands in an ERP, and what it was asked. */
export interface ErpState {
  documents: number;
  /** Calls that its throttle refused. */
  throttled: number;
}

interface Erp {
  simulator: Simulator;
  kindOf: (request: SimulatedRequest) => string;
  state: () => ErpState;
}

let erp: Erp | undefined;
let tally: Tally = {};

function d365({ orders, latencyMs }: ErpWish): Erp {
  const simulator = createD365Simulator({
    world: shopOf(orders),
    tenant: 'bench-tenant',
    clientId: 'bench-client',
    clientSecret: CLIENT_SECRET,
  });
  simulator.dials.latencyMs = latencyMs;
  const kindOf = ({ method, url, body }: SimulatedRequest): string => {
    const path = url.split('?')[0] ?? '';
    if (path.endsWith('/token')) return 'token';
    if (!path.endsWith('$batch')) return `${method} ${path.replace('/data/', '')}`;
    const text = body.toString('latin1');
    const sets = new Set([...text.matchAll(/(?:GET|POST) \S*?\/?data\/(\w+)/g)].map((match) => match[1]));
    const writes = /content-type:\s*multipart\/mixed/i.test(text);
    return `${writes ? 'write' : 'read'} together: ${[...sets].join(', ')}`;
  };
  const state = (): ErpState => ({ documents: simulator.observer.returnOrders().length, throttled: 0 });
  return { simulator, kindOf, state };
}

function brightpearl({ orders, latencyMs, callsPerMinute }: ErpWish): Erp {
  const { account, appRef, token } = BRIGHTPEARL_SECRETS;
  const auth = { appRef, accountToken: token };
  const simulator = createBrightpearlSimulator({ world: shopOf(orders), account, auth });
  simulator.dials.latencyMs = latencyMs;
  if (callsPerMinute === undefined) simulator.dials.throttleOff = true;
  else simulator.dials.throttleLimit = callsPerMinute;
  const { observer } = simulator;
  const kindOf = ({ method, url }: SimulatedRequest): string => {
    const path = (url.split('?')[0] ?? '').replace(/^\/public-api\/[^/]+\/(\w+-service\/)?/, '');
    return `${method} ${path.replace(/\/[\d,.*-]+(?=\/|$)/g, '/{id}').replace(/^\//, '')}`;
  };
  const state = (): ErpState => ({
    documents: observer.salesCredits().length,
    throttled: observer.throttleReplies(),
  });
  return { simulator, kindOf, state };
}

/** Counts what comes and hands it on. */
function counting({ simulator, kindOf }: Erp): Simulator {
  return {
    name: simulator.name,
    handle: (request) => {
      const kind = kindOf(request);
      tally[kind] = (tally[kind] ?? 0) + 1;
      return simulator.handle(request);
    },
  };
}

help({
  /** Serves a simulated ERP, and tells where. */
  simulate: async (wish: ErpWish) => {
    erp = wish.erp === 'brightpearl' ? brightpearl(wish) : d365(wish);
    return (await startSandboxServer([counting(erp)])).baseUrl(erp.simulator.name);
  },
  tally: () => {
    const counted = tally;
    tally = {};
    return counted;
  },
  state: () => erp?.state() ?? { documents: 0, throttled: 0 },
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
