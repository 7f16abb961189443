import { createHmac, createSecretKey } from 'node:crypto';
import {
  aggregate,
  createReturn,
  DEFAULT_WORDS,
  type SimulatedReturn,
} from '../../nodes/sandbox/happy-returns/generator';
import { createWorld, seededRandom, type World } from '../../nodes/sandbox/world';

export const SECRET = 'a-webhook-secret-for-the-measurement';
export const CLIENT_SECRET = 'a-client-secret-for-the-measurement';
export const WEBHOOK = '/returns/happy-returns';
export const PAYLOAD_BYTES = 4094;

const MARK = '########';
const HEAD_END = Buffer.from('\r\n\r\n');
const key = createSecretKey(Buffer.from(SECRET));

/** Webhooks that differ in who returns what: the identity of return, order, units and person is written in. */
export interface WebhookRun {
  /** The whole HTTP request of the n-th webhook. */
  request(index: number): Buffer;
}

/** Signs so many webhooks of the given size beforehand; each brings one event that is new. */
export function signedWebhooks(count: number, bytes: number = PAYLOAD_BYTES): WebhookRun {
  const body = Buffer.from(templateBody(bytes));
  const marks = marksIn(body);
  const fill = (target: Buffer, from: number, index: number): void => {
    const digits = String(index).padStart(MARK.length, '0');
    for (const mark of marks) target.write(digits, from + mark, 'latin1');
  };
  const signatures = Array.from({ length: count }, (_, index) => {
    fill(body, 0, index);
    return createHmac('sha256', key).update(body).digest('hex');
  });
  const sample = httpRequest(body, signatures[0] ?? '');
  const bodyAt = sample.indexOf(HEAD_END) + HEAD_END.length;
  const signatureAt = sample.indexOf(signatures[0] ?? '');
  return {
    request: (index) => {
      const request = Buffer.from(sample);
      fill(request, bodyAt, index);
      request.write(signatures[index] ?? '', signatureAt, 'latin1');
      return request;
    },
  };
}

/** A return of as many units as the size has room for, the rest taken by the address of its label. */
function templateBody(bytes: number): string {
  const world = createWorld({ seed: 1 });
  const order = [...world.orders].sort((a, b) => unitsOf(b.lines) - unitsOf(a.lines))[0];
  if (!order) throw new Error('The shop has no order');
  for (let units = unitsOf(order.lines); units > 0; units -= 1) {
    const simulated = createReturn(world, seededRandom(7), { orders: [order], units }, new Set());
    const scanned = { event: 'return_status_updated', typeID: DEFAULT_WORDS.droppedOff };
    const [post] = aggregate(world, simulated, [scanned]);
    const body = post?.body as { items: Record<string, unknown>[] };
    body.items = body.items.map((item, at) => ({
      ...item,
      happyReturnsReturnID: `9f0c2a51-77de-4b1c-a0d3-0000${MARK}`,
      happyReturnsItemID: `hri-${MARK}-${at}`,
      happyReturnsExpressCode: `HR${MARK}`,
      email: `shopper.${MARK}@shopper.example`,
      orderNumber: `AC-${MARK}`,
      labelURL: '',
    }));
    const missing = bytes - Buffer.byteLength(JSON.stringify(body));
    if (missing < 0 || missing > 500 * body.items.length) continue;
    const each = Math.floor(missing / body.items.length);
    body.items.forEach((item, at) => {
      const length = at === 0 ? missing - each * (body.items.length - 1) : each;
      item['labelURL'] = 'https://labels.example/'.padEnd(length, 'x').slice(0, length);
    });
    return JSON.stringify(body);
  }
  throw new Error(`No webhook of ${bytes} bytes can be made`);
}

function unitsOf(lines: readonly { quantity: number }[]): number {
  return lines.reduce((sum, line) => sum + line.quantity, 0);
}

function marksIn(body: Buffer): number[] {
  const found: number[] = [];
  for (let at = body.indexOf(MARK); at >= 0; at = body.indexOf(MARK, at + 1)) found.push(at);
  return found;
}

/** The shop that the simulated ERP and the webhooks of a measurement share: one order for each return. */
export function shopOf(orders: number): World {
  return createWorld({ seed: 1, orders });
}

/**
 * A return of each order of the shop. Every so many-th fails, where that is wanted: its items have a SKU of their own that
 * no item master knows.
 */
export function returnsOf(world: World, failEvery?: number): SimulatedReturn[] {
  const random = seededRandom(11);
  const used = new Set<string>();
  const returns = world.orders.map((order) => createReturn(world, random, { orders: [order] }, used));
  if (failEvery === undefined) return returns;
  return returns.map((one, at) => (at % failEvery === failEvery - 1 ? ofUnknownItem(one, at) : one));
}

function ofUnknownItem(simulated: SimulatedReturn, at: number): SimulatedReturn {
  const units = simulated.units.map((unit) => ({ ...unit, line: { ...unit.line, sku: `NO-SUCH-${at}` } }));
  return { ...simulated, units };
}

/**
 * Both webhooks of a return: it is started, and later dropped off and approved at once. Each brings two events, or one
 * where that is wanted. A third one tells that the warehouse has accepted the goods, where that is wanted.
 */
export function storyOf(
  world: World,
  simulated: SimulatedReturn,
  { single = false, accepted = false } = {},
): Buffer[] {
  const status = (typeID: string): { event: string; typeID: string } => ({
    event: 'return_status_updated',
    typeID,
  });
  const steps = [
    [status(DEFAULT_WORDS.started), { event: 'return_dropoff_method_created', typeID: 'return-bar' }],
    [status(DEFAULT_WORDS.droppedOff), status(DEFAULT_WORDS.approved)],
    ...(accepted ? [[status(DEFAULT_WORDS.accepted)]] : []),
  ];
  return steps.flatMap((events) => {
    const [post] = aggregate(world, simulated, single ? events.slice(0, 1) : events);
    return post ? [Buffer.from(JSON.stringify(post.body))] : [];
  });
}

/** A request as it goes over the wire. */
export function httpRequest(body: Buffer, signature: string = sign(body), path: string = WEBHOOK): Buffer {
  const head =
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
    `X-Hr-Signature: ${signature}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

export function sign(body: Buffer): string {
  return createHmac('sha256', key).update(body).digest('hex');
}
