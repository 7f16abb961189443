import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CATALOGUE, type ExceptionCode } from '../../nodes/returns/exception-catalogue';
import { ROOT } from '../../scripts/node-red-process';
import type { ReturnStates } from '../../scripts/returns-table';
import { Rehearsal, settled, type FlowNode } from '../support/rehearsal';

const LIMIT = { timeout: 90_000 };
const flow = JSON.parse(
  readFileSync(join(ROOT, 'examples', 'exceptions-by-owner.json'), 'utf8'),
) as FlowNode[];
const STORE = flow.find(({ type }) => type === 'returns-store')?.id ?? '';
const ROUTER = flow.find(({ type }) => type === 'returns-exception-router')?.id ?? '';
const SANDBOX = flow.find(({ type }) => type === 'returns-sandbox')?.id ?? '';

/** Which button of the example does what a person does in the ERP about each kind. */
const REPAIRS = {
  'sku-blocked': 'Take the stop off STOP-42-RED',
  'sku-discontinued': 'Revive the delisted item OLD-40-GRY',
  'sku-unknown': 'Add the missing item GHOST-1',
  'order-unknown': 'Import the missing order',
  'order-not-invoiced': 'Invoice the open order',
} as const satisfies Partial<Record<ExceptionCode, string>>;
type Kind = keyof typeof REPAIRS;

interface Shown {
  id: string;
  code: Kind;
  owner: string;
  status: string;
  title: string;
  score: number;
  times: number;
  summary: string;
  meaning?: string;
  guide?: string;
  steps: string[];
}

/** The example with a way to ask, over HTTP, what the ERP holds. */
function observed(): FlowNode[] {
  const z = 'rl05tab000000000';
  const fn = { type: 'function', z, outputs: 1, libs: [] };
  return [
    ...flow.map((node) => (node.id === SANDBOX ? { ...node, wires: [['asked']] } : node)),
    { id: 'in', type: 'http in', z, url: '/erp', method: 'get', upload: false, wires: [['ledger']] },
    {
      ...fn,
      id: 'ledger',
      func: "msg.command = 'ledger'; msg.payload = 'd365'; return msg;",
      wires: [[SANDBOX]],
    },
    { ...fn, id: 'asked', func: 'return msg.res ? msg : null;', wires: [['answer']] },
    { id: 'answer', type: 'http response', z, wires: [] },
  ];
}

/** The example in a real Node-RED, with its buttons and what the sidebar asks. */
class Walk {
  private readonly exceptions = `/returns-ledger/sidebar/${STORE}/exceptions`;

  private constructor(private readonly rehearsal: Rehearsal) {}

  static async start(): Promise<Walk> {
    const rehearsal = await Rehearsal.start(observed());
    await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
    return new Walk(rehearsal);
  }

  get log(): string {
    return this.rehearsal.nodeRed.log;
  }

  press(name: string): Promise<void> {
    const button = flow.find((node) => node.type === 'inject' && node['name'] === name);
    return this.rehearsal.nodeRed.inject(button?.id ?? `no button ${name}`);
  }

  until(wanted: (states: ReturnStates) => boolean): Promise<ReturnStates> {
    return this.rehearsal.until(wanted, 30_000, STORE);
  }

  async list(): Promise<Shown[]> {
    return (await this.rehearsal.nodeRed.admin<{ exceptions: Shown[] }>(this.exceptions)).exceptions;
  }

  show(id: string): Promise<Shown> {
    return this.rehearsal.nodeRed.admin<Shown>(`${this.exceptions}/${id}`);
  }

  async act(id: string, action: string, body: object = {}): Promise<void> {
    const answer = await fetch(`${this.rehearsal.nodeRed.baseUrl}${this.exceptions}/${id}/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.text());
  }

  async inErp(): Promise<{ number: string; reference: string }[]> {
    const answer = await fetch(`${this.rehearsal.nodeRed.baseUrl}/erp`);
    return ((await answer.json()) as { returnOrders: { number: string; reference: string }[] }).returnOrders;
  }

  end(): Promise<void> {
    return this.rehearsal.end();
  }
}

describe('R152, R217: the example exceptions-by-owner, walked through as its comments and the guide say', () => {
  let walk: Walk;
  before(async () => {
    walk = await Walk.start();
  });
  after(() => walk.end());

  it(
    '1, 2: five kinds are raised, each with the owner, the steps and the page of the catalogue',
    LIMIT,
    async () => {
      await walk.press('Send 25 returns');
      const states = await walk.until((now) => now.returns.length === 26 && settled(now));
      assert.equal(states.returns.filter(({ documents }) => documents.length === 1).length, 21);
      assert.deepEqual(states.exceptions, {
        open: 5,
        byOwner: { 'customer service': 1, data: 3, finance: 1 },
      });
      const open = await walk.list();
      assert.deepEqual(open.map(({ code }) => code).sort(), Object.keys(REPAIRS).sort());
      assert.deepEqual(
        open,
        [...open].sort((a, b) => b.score - a.score),
        'the most urgent first',
      );
      for (const one of open) {
        const entry = CATALOGUE[one.code];
        const { title, meaning, guide, owner, steps } = await walk.show(one.id);
        assert.deepEqual(
          { title, meaning, guide, owner, steps },
          {
            title: entry.title,
            meaning: entry.meaning,
            guide: `docs/exceptions.md#${one.code}`,
            owner: entry.owner,
            steps: [...entry.steps],
          },
        );
        assert.match(one.summary, /^Return HR\w+ \(order AC-\d+\): /);
      }
    },
  );

  it('R141: resumed too early, it comes back as the same one and nothing is posted', LIMIT, async () => {
    const before = await walk.list();
    const [first] = before;
    assert.ok(first);
    await walk.act(first.id, 'resume');
    await walk.until((now) => settled(now) && now.exceptions.open === 5);
    const again = await walk.show(first.id);
    assert.deepEqual([again.id, again.status], [first.id, 'open']);
    assert.ok(again.times > first.times, 'it was tried again');
    assert.equal((await walk.inErp()).length, 21);
  });

  it('3, 4: each is mended in the ERP, resumed, and gone from the list; the others stay', LIMIT, async () => {
    for (const [done, { id, code }] of (await walk.list()).entries()) {
      await walk.press(REPAIRS[code]);
      await walk.act(id, 'resume');
      await walk.until((now) => settled(now) && now.exceptions.open === 4 - done);
      assert.equal((await walk.show(id)).status, 'closed', code);
      assert.ok(
        (await walk.list()).every((one) => one.code !== code),
        code,
      );
    }
  });

  it(
    '5: none is open, and the ERP holds each return once, however often they are resumed',
    LIMIT,
    async () => {
      await walk.press('Resume everything');
      const states = await walk.until((now) => settled(now) && now.exceptions.open === 0);
      assert.equal(states.returns.length, 26);
      assert.ok(states.returns.every(({ documents }) => documents.length === 1));
      const orders = await walk.inErp();
      assert.equal(orders.length, 26);
      assert.equal(new Set(orders.map(({ reference }) => reference)).size, 26);
      assert.doesNotMatch(walk.log, /\[error\]/);
    },
  );

  it('R142: the router has an output for each owner, each to a debug node that says whose it is', () => {
    const router = flow.find(({ id }) => id === ROUTER);
    const owners = router?.['owners'] as string[];
    const wires = router?.['wires'] as string[][];
    const names = owners.map((_, at) => flow.find(({ id }) => id === wires[at + 1]?.[0])?.['name']);
    assert.deepEqual(
      names,
      owners.map((owner) => `for ${owner}`),
    );
  });
});

describe('what the guide says of siblings and of the other buttons, in a real Node-RED', () => {
  let walk: Walk;
  before(async () => {
    walk = await Walk.start();
    await walk.press('Send 25 returns');
    await walk.until((now) => now.returns.length === 26 && settled(now));
    await walk.press('Send 25 returns');
    await walk.until((now) => now.returns.length === 52 && settled(now) && now.exceptions.open === 10);
  });
  after(() => walk.end());

  it(
    'R150: the cause is mended and one is resumed; the other with the same cause goes on by itself',
    LIMIT,
    async () => {
      const [first, second] = (await walk.list()).filter(({ code }) => code === 'sku-unknown');
      assert.ok(first && second);
      await walk.press(REPAIRS['sku-unknown']);
      await walk.act(first.id, 'resume');
      await walk.until((now) => settled(now) && now.exceptions.open === 8);
      assert.equal((await walk.show(second.id)).status, 'closed');
    },
  );

  it(
    'R17: what was done outside is never posted by the flow, also when its cause is gone',
    LIMIT,
    async () => {
      const [outside, flowsOwn] = (await walk.list()).filter(({ code }) => code === 'order-unknown');
      assert.ok(outside && flowsOwn);
      await walk.act(outside.id, 'resolve', { reason: 'refunded by hand, voucher 4711' });
      await walk.press(REPAIRS['order-unknown']);
      await walk.press('Resume everything');
      const states = await walk.until((now) => settled(now) && now.exceptions.open === 6);
      assert.equal(states.returns.filter(({ documents }) => documents.length === 1).length, 45);
      const { status, summary } = await walk.show(outside.id);
      assert.equal(status, 'closed');
      const order = /order (AC-\d+)/.exec(summary)?.[1] ?? '?';
      assert.deepEqual(states.returns.find((one) => one.order === order)?.documents, []);
    },
  );

  it('R141: "Correct" changes the return itself, and it goes on with what was entered', LIMIT, async () => {
    const [wrong] = (await walk.list()).filter(({ code }) => code === 'sku-discontinued');
    assert.ok(wrong);
    await walk.act(wrong.id, 'edit', { changes: { 'lines[0].sku': 'GHOST-1' }, resume: true });
    // The item exists by now; it is another one than was sold, so the order's lines are compared, and it stops there.
    await walk.until((now) => settled(now) && now.exceptions.byOwner['customer service'] === 1);
    const [held] = (await walk.list()).filter(({ owner }) => owner === 'customer service');
    assert.equal(held?.code, 'line-not-on-order');
    assert.match(held.summary, /has no line for 1 × GHOST-1/);
  });
});
