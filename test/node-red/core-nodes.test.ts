import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { aggregate, createReturn, DEFAULT_WORDS } from '../../nodes/sandbox/happy-returns/generator';
import { addOrder, createWorld, seededRandom } from '../../nodes/sandbox/world';
import {
  CASES,
  FLUSH,
  flowOf,
  FURTHER_WAYS,
  gateSetting,
  LEGACY_NODES,
  pathOf,
  storeOf,
  TAB,
  type Way,
} from '../support/core-node-cases';
import type { ReturnStates } from '../../scripts/returns-table';
import { Gates, type Visitor } from '../support/gates';
import { Rehearsal, settled, type FlowNode } from '../support/rehearsal';

const SECRET = 'a-webhook-secret-for-this-test';
const LIMIT_MS = 20_000;
const LIMIT = { timeout: LIMIT_MS };
const RESTART_LIMIT = { timeout: 3 * LIMIT_MS };
const EMITTED = { open: 0, emitted: 1, waiting: 0, nextDue: null };
const SETTLED = { open: 0, emitted: 0, waiting: 0, nextDue: null };

const ACCOUNT: FlowNode = {
  id: 'account',
  type: 'happy-returns-account',
  name: '',
  environment: 'live',
  retailers: 'acme-shoes',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: '',
  apiUrl: '',
  vocabulary: [],
};

/** An In node with nothing behind it: its delivery is settled after exactly the time that must be quiet. */
const QUIET: Way = { name: 'quiet', nodes: [] };

describe('a delivery on its way through the core nodes', { timeout: 120_000 }, () => {
  let gates: Gates;
  let rehearsal: Rehearsal;
  const flow = flowOf([QUIET, ...CASES, ...FURTHER_WAYS], ACCOUNT);
  const sent = new Map<string, number>();
  const world = createWorld({ seed: 1 });
  const random = seededRandom(42);
  const used = new Set<string>();

  before(async () => {
    gates = await Gates.open();
    rehearsal = await Rehearsal.start([], { settings: gateSetting(gates.url), nodeFiles: LEGACY_NODES });
    await rehearsal.nodeRed.deploy(
      flow.map((node) => (node.id === ACCOUNT.id ? { ...node, credentials: { secret: SECRET } } : node)),
    );
    await served();
  });
  after(async () => {
    await rehearsal.end();
    await gates.close();
  });

  /** Waits until every In node of the process that runs now takes webhooks. */
  async function served(): Promise<void> {
    const nodes = flow.filter((node) => node.type === 'happy-returns-in').length;
    const { nodeRed } = rehearsal;
    await nodeRed.waitFor(
      () => nodeRed.log.split('Receives Happy Returns webhooks').length > nodes,
      30_000,
      'every In node',
    );
  }

  /** Sends one webhook of a return that is new to the case's store. */
  async function send(name: string): Promise<void> {
    const simulated = createReturn(world, random, { orders: [addOrder(world, {})] }, used);
    const status = { event: 'return_status_updated', typeID: DEFAULT_WORDS.started };
    const posts = aggregate(world, simulated, [status]);
    assert.equal(posts.length, 1);
    const body = JSON.stringify(posts[0]?.body);
    const signature = createHmac('sha256', SECRET).update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-hr-signature': signature };
    assert.equal(await rehearsal.post(body, headers, 'POST', pathOf(name)), 200);
    sent.set(name, (sent.get(name) ?? 0) + 1);
  }

  const deliveriesOf = async (name: string): Promise<ReturnStates['deliveries']> =>
    (await rehearsal.states(storeOf(name))).deliveries;

  async function becomesSettled(name: string): Promise<void> {
    await rehearsal.until(
      (now) => now.returns.length === sent.get(name) && settled(now),
      LIMIT_MS,
      storeOf(name),
    );
  }

  /** What had come to rest before the call has been settled when it returns. */
  async function quietTimePasses(): Promise<void> {
    await send(QUIET.name);
    await becomesSettled(QUIET.name);
  }

  async function staysEmitted(name: string): Promise<void> {
    // Twice: during the first one a node that the test let go may still come to its end.
    await quietTimePasses();
    await quietTimePasses();
    assert.deepEqual(await deliveriesOf(name), EMITTED);
  }

  /** The message waits at the gate, and its delivery is followed for as long as it does. */
  async function isHeldAt(gate: string, name: string, attempt = 1): Promise<Visitor> {
    const visitor = await gates.next(gate);
    assert.equal(visitor.attempt, attempt);
    await quietTimePasses();
    assert.deepEqual(await deliveriesOf(name), EMITTED, `settled while the message was still at ${gate}`);
    return visitor;
  }

  async function passes(name: string, attempt = 1): Promise<void> {
    const held = CASES.find((one) => one.name === name)?.held ?? [];
    for (const gate of held) (await isHeldAt(gate, name, attempt)).goOn();
    await becomesSettled(name);
  }

  for (const { name, title } of CASES) {
    it(title, LIMIT, async () => {
      await send(name);
      await passes(name);
    });
  }

  it('the switch that drops the message let none pass', () =>
    assert.equal(gates.count('switch-drop.after'), 0));

  /** The delay node has the message, and no other node has it any more. */
  async function isInDelay(attempt: number): Promise<void> {
    (await isHeldAt('delay.beside', 'delay', attempt)).goOn();
    await staysEmitted('delay');
  }

  /** The delay node lets the message go when it is told to. */
  async function passesDelay(attempt: number): Promise<void> {
    await isInDelay(attempt);
    await rehearsal.nodeRed.inject(FLUSH);
    (await isHeldAt('delay.after', 'delay', attempt)).goOn();
    await becomesSettled('delay');
  }

  it('delay', LIMIT, async () => {
    await send('delay');
    await passesDelay(1);
  });

  it('delay that a deploy restarts: what it held is sent again', LIMIT, async () => {
    await send('delay');
    await isInDelay(1);
    const changed = { name: 'changed by the deploy' };
    await rehearsal.nodeRed.deploy(
      flow.map((node) => (node.id === 'delay.delay' ? { ...node, ...changed } : node)),
      'nodes',
    );
    await passesDelay(2);
  });

  // Nothing tells when such a node is done, so what it does later is not waited for.
  it('node without done that sends later: done when it has taken the message', LIMIT, async () => {
    await send('later');
    const within = await gates.next('later.within');
    await becomesSettled('later');
    within.goOn();
    (await gates.next('later.after')).goOn();
    assert.deepEqual(await deliveriesOf('later'), SETTLED);
  });

  it('node that never calls done: never settled', LIMIT, async () => {
    await send('never');
    (await isHeldAt('never.node', 'never')).goOn();
    await staysEmitted('never');
  });

  it('error, though caught: not settled, sent again at the first deploy after its end', LIMIT, async () => {
    const remark = { id: 'remark', type: 'comment', z: TAB, info: '', x: 0, y: 0, wires: [] };
    await send('thrown');
    const caught = await isHeldAt('thrown.caught', 'thrown');
    await rehearsal.nodeRed.deploy([...flow, { ...remark, name: 'still under way' }], 'nodes');
    caught.goOn();
    await staysEmitted('thrown');
    assert.equal(gates.count('thrown.after'), 0, 'sent again while the first attempt was under way');
    await rehearsal.nodeRed.deploy([...flow, { ...remark, name: 'mended' }], 'nodes');
    (await isHeldAt('thrown.after', 'thrown', 2)).goOn();
    await becomesSettled('thrown');
    assert.equal(gates.count('never.node'), 1, 'a deploy sent again what had met no error');
  });

  it('sent to a node that a deploy has taken away for the moment: sent again', LIMIT, async () => {
    await send('taken');
    const first = await isHeldAt('taken.first', 'taken');
    const deployed = rehearsal.nodeRed.deploy(
      flow.map((node) => (node.id === 'taken.slow' ? { ...node, name: 'changed by the deploy' } : node)),
      'nodes',
    );
    const closing = await gates.next('taken.closing');
    first.goOn();
    const sent = await gates.next('taken.sent');
    closing.goOn();
    await deployed;
    // The deploy is over when the node that sent into the void completes its message.
    sent.goOn();
    (await isHeldAt('taken.first', 'taken', 2)).goOn();
    (await gates.next('taken.sent')).goOn();
    (await isHeldAt('taken.after', 'taken', 2)).goOn();
    await becomesSettled('taken');
  });

  it(
    'killed in the middle: what was not settled is sent again, and then settled',
    RESTART_LIMIT,
    async () => {
      await Promise.all(['async-return', 'delay', 'http'].map((name) => send(name)));
      await isHeldAt('async-return.within', 'async-return');
      await isHeldAt('http.request', 'http');
      await isInDelay(1);
      await rehearsal.killAndRestart();
      await served();

      assert.equal((await gates.next('never.node')).attempt, 2);
      await passes('async-return', 2);
      await passes('http', 2);
      await passesDelay(2);
      await staysEmitted('never');
      assert.equal(gates.count('later.after'), 1, 'what was settled was sent again');
    },
  );
});
