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

describe('R152, R217: the example exceptions-by-owner, walked through as its comments and the guide say', () => {
  let rehearsal: Rehearsal;
  before(async () => {
    rehearsal = await Rehearsal.start(observed());
    await rehearsal.nodeRed.waitForLog(/Receives Happy Returns webhooks/);
  });
  after(() => rehearsal.end());

  const press = (name: string): Promise<void> =>
    rehearsal.nodeRed.inject(flow.find((node) => node.type === 'inject' && node['name'] === name)?.id ?? '?');
  const until = (wanted: (states: ReturnStates) => boolean): Promise<ReturnStates> =>
    rehearsal.until(wanted, 30_000, STORE);
  const sidebar = `/returns-ledger/sidebar/${STORE}/exceptions`;
  const list = async (): Promise<Shown[]> =>
    (await rehearsal.nodeRed.admin<{ exceptions: Shown[] }>(sidebar)).exceptions;
  const show = (id: string): Promise<Shown> => rehearsal.nodeRed.admin<Shown>(`${sidebar}/${id}`);
  const resume = async (id: string): Promise<void> => {
    const answer = await fetch(`${rehearsal.nodeRed.baseUrl}${sidebar}/${id}/resume`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(answer.status, 200, await answer.text());
  };
  const inErp = async (): Promise<{ number: string; reference: string }[]> =>
    (await (await fetch(`${rehearsal.nodeRed.baseUrl}/erp`)).json()) as {
      number: string;
      reference: string;
    }[];

  it(
    '1, 2: five kinds are raised, each with the owner, the steps and the page of the catalogue',
    LIMIT,
    async () => {
      await press('Send 25 returns');
      const states = await until((now) => now.returns.length === 26 && settled(now));
      assert.equal(states.returns.filter(({ documents }) => documents.length === 1).length, 21);
      assert.deepEqual(states.exceptions, {
        open: 5,
        byOwner: { 'customer service': 1, data: 3, finance: 1 },
      });
      const open = await list();
      assert.deepEqual(open.map(({ code }) => code).sort(), Object.keys(REPAIRS).sort());
      assert.deepEqual(
        open,
        [...open].sort((a, b) => b.score - a.score),
        'the most urgent first',
      );
      for (const one of open) {
        const entry = CATALOGUE[one.code];
        const { title, meaning, guide, owner, steps } = await show(one.id);
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
    const before = await list();
    const [first] = before;
    assert.ok(first);
    await resume(first.id);
    await until((now) => settled(now) && now.exceptions.open === 5);
    const again = await show(first.id);
    assert.deepEqual([again.id, again.status], [first.id, 'open']);
    assert.ok(again.times > first.times, 'it was tried again');
    assert.equal((await inErp()).length, 21);
  });

  it('3, 4: each is mended in the ERP, resumed, and gone from the list; the others stay', LIMIT, async () => {
    for (const [done, { id, code }] of (await list()).entries()) {
      await press(REPAIRS[code]);
      await resume(id);
      await until((now) => settled(now) && now.exceptions.open === 4 - done);
      assert.equal((await show(id)).status, 'closed', code);
      assert.ok(
        (await list()).every((one) => one.code !== code),
        code,
      );
    }
  });

  it(
    '5: none is open, and the ERP holds each return once, however often they are resumed',
    LIMIT,
    async () => {
      await press('Resume everything');
      const states = await until((now) => settled(now) && now.exceptions.open === 0);
      assert.equal(states.returns.length, 26);
      assert.ok(states.returns.every(({ documents }) => documents.length === 1));
      const orders = await inErp();
      assert.equal(orders.length, 26);
      assert.equal(new Set(orders.map(({ reference }) => reference)).size, 26);
      assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
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
