import { createHmac } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { createD365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import { createHappyReturnsSimulator } from '../../nodes/sandbox/happy-returns/happy-returns-simulator';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import type { Simulator } from '../../nodes/sandbox/simulator';
import { createWorld } from '../../nodes/sandbox/world';
import { help } from './helper';
import { CLIENT_SECRET, SECRET, WEBHOOK } from './payload';

/** The brand that is measured, and the one whose ERP may hang. */
export const BRANDS = { measured: 'acme-shoes', other: 'other-brand' } as const;

export interface IsolationRun {
  port: number;
  returns: number;
  perSecond: number;
  /** The other brand's ERP takes every call and never answers. */
  hang: boolean;
}

/** Milliseconds from a webhook to the return order in the ERP, of the measured brand, in order of size. */
export type Latencies = number[];

type Side = ReturnType<typeof sideOf>;
let sides: { measured: Side; other: Side } | undefined;

/** One brand: its shop, its platform, its ERP, and when which return was sent and arrived. */
function sideOf(name: string, brand: string, orders: number) {
  const world = createWorld({ seed: 4, orders, brand });
  const erp = createD365Simulator({
    world,
    tenant: 'bench-tenant',
    clientId: 'bench-client',
    clientSecret: CLIENT_SECRET,
  });
  const platform = createHappyReturnsSimulator({ world, secret: SECRET, apiKey: 'unused', seed: 4 });
  const state = { hang: false };
  const arrived = new Map<string, number>();
  const served: Simulator = {
    name,
    handle: async (request) => {
      if (state.hang && !request.url.includes('/token')) await new Promise(() => undefined);
      const answer = await erp.handle(request);
      const created = /"CustomersOrderReference":"([^"]+)"/.exec(request.body.toString())?.[1];
      if (request.method === 'POST' && created !== undefined) arrived.set(created, performance.now());
      return answer;
    },
  };
  return { world, platform, served, state, arrived, next: 0 };
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

function post(port: number, body: Buffer): Promise<number> {
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-hr-signature': signature,
    'content-length': body.length,
  };
  return new Promise((resolve) => {
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, path: WEBHOOK, method: 'POST', agent, headers },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    outgoing.on('error', () => resolve(0));
    outgoing.end(body);
  });
}

/** Sends the first webhook of the next return; gives the order's number. */
async function sendNext(side: Side, port: number): Promise<string> {
  const order = side.world.orders[side.next];
  side.next += 1;
  if (!order) throw new Error('The shop has no more orders');
  const [first] = side.platform.story({ orders: [order] }).posts;
  const status = await post(port, Buffer.from(JSON.stringify(first?.body)));
  if (status !== 200) throw new Error(`A webhook was answered with ${status}`);
  return order.number;
}

help({
  start: async ({ orders }: { orders: number }) => {
    const measured = sideOf('measured', BRANDS.measured, orders);
    const other = sideOf('other', BRANDS.other, orders);
    sides = { measured, other };
    const server = await startSandboxServer([measured.served, other.served]);
    return { measured: server.baseUrl('measured'), other: server.baseUrl('other') };
  },
  run: async ({ port, returns, perSecond, hang }: IsolationRun): Promise<Latencies> => {
    if (!sides) throw new Error('Not started');
    const { measured, other } = sides;
    other.state.hang = hang;
    measured.arrived.clear();
    const sent = new Map<string, number>();
    const began = performance.now();
    const underWay: Promise<unknown>[] = [];
    for (let at = 0; at < returns; at += 1) {
      await delay(Math.max(0, began + (at * 1000) / perSecond - performance.now()));
      underWay.push(sendNext(other, port));
      const at0 = performance.now();
      underWay.push(sendNext(measured, port).then((number) => sent.set(number, at0)));
    }
    await Promise.all(underWay);
    const deadline = performance.now() + 60_000;
    while (measured.arrived.size < returns) {
      if (performance.now() > deadline) throw new Error(`${measured.arrived.size} of ${returns} were posted`);
      await delay(20);
    }
    const latencies = [...sent].map(([number, from]) => {
      const reference = [...measured.arrived.keys()].find((key) => key.endsWith(number)) ?? '';
      return (measured.arrived.get(reference) ?? Number.NaN) - from;
    });
    return latencies.sort((a, b) => a - b);
  },
});
