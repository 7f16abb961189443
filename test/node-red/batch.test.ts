import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  BATCH_NODE,
  BATCH_STORE,
  BatchBooks,
  batchFlow,
  feed,
  type FlowNode,
} from '../../scripts/batch-flow';
import { returnKey, type ReturnEvent } from '../../nodes/returns/event';
import { buildException } from '../../nodes/returns/exception';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { accepted } from '../support/batch-rig';
import { intake, line, NOW } from '../support/events';
import { Rehearsal } from '../support/rehearsal';

const LIMIT = { timeout: 90_000 };
const STATES = `/returns-ledger/returns-store/${BATCH_STORE}/returns?limit=500`;
const ADMIN = `/returns-ledger/returns-batch-aggregator/${BATCH_NODE}/batches`;

interface Described {
  id: string;
  number: string | null;
  state: string;
  members: number;
  dueAt: string;
}

describe('R137: batches in a real Node-RED', () => {
  let books: BatchBooks;
  let rehearsal: Rehearsal;
  const port = (): number => Number(new URL(rehearsal.nodeRed.baseUrl).port);
  const begin = async (settings: Record<string, unknown>): Promise<FlowNode[]> => {
    const flow = batchFlow(books.url, settings);
    rehearsal = await Rehearsal.start(flow);
    return flow;
  };
  const send = async (...events: ReturnEvent[]): Promise<void> => {
    for (const event of events) {
      const { status, body } = await feed(port(), { topic: event.topic, payload: event });
      assert.equal(status, 200, body);
    }
  };
  const ask = async <Answer>(command: string, payload: object = {}): Promise<Answer> => {
    const { status, body } = await feed(port(), { command, payload });
    assert.equal(status, 200, body);
    return JSON.parse(body) as Answer;
  };
  const returns = (from: number, to: number): ReturnEvent[] =>
    Array.from({ length: to - from }, (_, at) => accepted(`R${from + at}`, { id: `event-of-R${from + at}` }));
  const members = (): string[] =>
    books.closed.flatMap((batch) => batch.members.map((one) => one.return)).sort();
  const names = (count: number): string[] =>
    returns(0, count)
      .map(({ returnId }) => returnId)
      .sort();

  before(async () => {
    books = await BatchBooks.open();
  });
  afterEach(async () => {
    await rehearsal.end();
    for (const list of [books.returns, books.exceptions]) list.length = 0;
    books.batches.clear();
    books.silent = false;
  });
  after(() => books.close());

  it('a restart in the middle loses no member and repeats none', LIMIT, async () => {
    await begin({ maxAgeMinutes: 600, membersInMessage: 5000 });
    await send(...returns(0, 12));
    await rehearsal.killAndRestart();
    // What was not answered would be sent again; here everything is.
    await send(...returns(5, 20));
    const { batches } = await ask<{ batches: Described[] }>('flush');
    await books.until(() => books.batches.size === 1);
    assert.deepEqual(members(), names(20));
    assert.deepEqual(
      batches.map(({ state, members: count }) => [state, count]),
      [['closed', 20]],
    );
    const [batch] = books.closed;
    assert.equal(batch?.totals.overall.value, 20 * 2500);
    await send(...returns(0, 20));
    assert.deepEqual((await ask<{ batches: Described[] }>('status')).batches, []);
    assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
  });

  it('a batch whose flow was not done when the process died is sent again, as it was', LIMIT, async () => {
    await begin({ mostMembers: 3 });
    books.silent = true;
    await send(...returns(0, 3));
    await books.until(() => books.batches.size === 1);
    await rehearsal.killAndRestart();
    books.silent = false;
    await books.until(() => books.closed.length === 1 && [...books.batches.values()][0]?.length === 2);
    const [first, second] = [...books.batches.values()][0] ?? [];
    assert.deepEqual(first, second);
  });

  it('deploys close nothing and lose nothing; a time that has come closes', LIMIT, async () => {
    const flow = await begin({ maxAgeMinutes: 600 });
    await send(...returns(0, 5));
    for (const [at, kind] of (['full', 'nodes', 'flows'] as const).entries()) {
      const changed = flow.map((node) => (node.id === BATCH_NODE ? { ...node, name: `deploy ${at}` } : node));
      await rehearsal.nodeRed.deploy(changed, kind);
      await send(...returns(5 * at, 5 * at + 10));
    }
    assert.equal(books.batches.size, 0);
    // The settings of now count for what waits.
    const sooner = flow.map((node) => (node.id === BATCH_NODE ? { ...node, maxAgeMinutes: 0.001 } : node));
    await rehearsal.nodeRed.deploy(sooner, 'nodes');
    await books.until(() => members().length === 20);
    assert.deepEqual(members(), names(20));
    assert.equal(books.closed[0]?.number, 'BATCH-000001');
  });

  it('R133, R197: pages of members and where a return waits, by the admin routes', LIMIT, async () => {
    const flow = batchFlow(books.url, { maxAgeMinutes: 600, membersInMessage: 2 });
    rehearsal = await Rehearsal.start([]);
    // As an In node leaves it: the return is known before it comes to the batch.
    const [first] = returns(0, 1);
    assert.ok(first);
    const file = join(rehearsal.nodeRed.userDir, 'returns-ledger', `store-${BATCH_STORE}.db`);
    const store = await openSqliteStore({ file });
    await store.accept(intake([{ event: first, returnKey: returnKey(first), exception: null }]));
    await store.close();
    await rehearsal.nodeRed.deploy(flow);
    await send(first, ...returns(1, 5));
    const [open] = (await ask<{ batches: Described[] }>('status')).batches;
    type Waiting = { returns: { return: string; batches: { state: string; postedBy: string | null }[] }[] };
    const states = await rehearsal.nodeRed.admin<Waiting>(STATES);
    assert.deepEqual(
      states.returns.map((one) => [one.return, one.batches[0]?.state, one.batches[0]?.postedBy]),
      [['R0', 'open', open?.dueAt]],
    );
    await ask('flush');
    await books.until(() => books.batches.size === 1);
    const [batch] = books.closed;
    assert.deepEqual([batch?.membersIncluded, batch?.members, batch?.counts.members], [false, [], 5]);
    type Page = { members: { return: string; place: number }[]; next: number | null; batch: Described };
    const page = await rehearsal.nodeRed.admin<Page>(`${ADMIN}/${batch?.id ?? ''}/members?limit=3`);
    const rest = await rehearsal.nodeRed.admin<Page>(
      `${ADMIN}/${batch?.id ?? ''}/members?after=${page.next ?? 0}`,
    );
    assert.deepEqual(
      [...page.members, ...rest.members].map((one) => one.return),
      ['R0', 'R1', 'R2', 'R3', 'R4'],
    );
    const byCommand = await ask<Page>('members', { batch: batch?.id, line: { sku: 'RUN-42-BLU' }, limit: 2 });
    assert.deepEqual([byCommand.members.length, byCommand.next], [2, 2]);
    const list = await rehearsal.nodeRed.admin<{ batches: Described[] }>(ADMIN);
    assert.deepEqual(
      list.batches.map(({ number }) => number),
      [batch?.number],
    );
    for (const path of [`${ADMIN}/b_none/members`, ADMIN.replace(BATCH_NODE, 'nobody')]) {
      assert.equal((await fetch(rehearsal.nodeRed.baseUrl + path)).status, 404);
    }
    const wrong = await feed(port(), { command: 'members', payload: { batch: 'b_none' } });
    assert.deepEqual([wrong.status, /has no batch b_none/.test(wrong.body)], [500, true]);
  });

  it('reset lets the returns go one by one; what is not for a batch passes', LIMIT, async () => {
    await begin({ maxAgeMinutes: 600 });
    await send(...returns(0, 4), accepted('EARLY', { topic: 'return.dropped_off' }));
    await books.until(() => books.returns.length === 1);
    await ask('reset');
    await books.until(() => books.returns.length === 5);
    assert.deepEqual(
      books.returns.map(({ returnId }) => returnId),
      ['EARLY', 'R0', 'R1', 'R2', 'R3'],
    );
    assert.equal(books.batches.size, 0);
  });

  it(
    'R135, R136: what cannot be posted leaves by output 2, what the ERP refused as well',
    LIMIT,
    async () => {
      await begin({ maxAgeMinutes: 600, closedUntil: '2026-01-31', closedPeriod: 'park', byWarehouse: true });
      const price = { minor: 100, currency: 'GBP' };
      const inMain = (sku: string): ReturnEvent['lines'] => [line({ sku, price, warehouse: 'MAIN' })];
      const january = '2026-01-15T10:00:00.000Z';
      await send(
        accepted('GOOD', { lines: inMain('A') }),
        accepted('LATE', { lines: inMain('A'), occurredAt: january, receivedAt: january }),
        accepted('NOWHERE', { lines: [line({ price })] }),
        accepted('BAD-SKU', { lines: inMain('B') }),
      );
      await ask('flush');
      await books.until(() => books.batches.size === 1 && books.exceptions.length === 2);
      const outcome = await ask<{ returns: string[]; posted: object }>('refuse', {
        batch: books.closed[0]?.id,
        refused: [{ sku: 'B', warehouse: 'MAIN' }],
        what: 'item B is stopped',
      });
      assert.deepEqual(outcome.returns, ['BAD-SKU']);
      await books.until(() => books.exceptions.length === 3);
      assert.deepEqual(
        books.exceptions.map(({ event, exception }) => [event.returnId, exception.code]).sort(),
        [
          ['BAD-SKU', 'batch-line-refused'],
          ['LATE', 'period-closed'],
          ['NOWHERE', 'batch-group-failed'],
        ],
      );
    },
  );

  it('where output 2 has no wire the exception is parked', LIMIT, async () => {
    const flow = batchFlow(books.url, {
      maxAgeMinutes: 600,
      closedUntil: '2026-12-31',
      closedPeriod: 'park',
    });
    const cut = flow.map((node) =>
      node.id === BATCH_NODE
        ? { ...node, wires: [(node['wires'] as string[][])[0], [], ['batch.answer']] }
        : node,
    );
    rehearsal = await Rehearsal.start(cut);
    await send(accepted('LATE'));
    const { batches } = await ask<{ batches: Described[] }>('flush');
    assert.deepEqual(
      batches.map(({ state }) => state),
      ['empty'],
    );
    const { exceptions } = await rehearsal.nodeRed.admin<{ exceptions: object }>(STATES);
    assert.deepEqual(exceptions, { open: 1, byOwner: { finance: 1 } });
  });

  it(
    'a batch that could not be posted is parked as a whole by the Exception Router, and resumed',
    LIMIT,
    async () => {
      const exception = buildException({
        code: 'erp-unauthorized',
        returnNumber: null,
        orderNumber: null,
        brand: null,
        what: 'the token has ended',
        raisedBy: 'books',
        raisedAt: NOW,
      });
      const place = { z: 'batch.tab', x: 1, y: 1, name: '' };
      const flow = batchFlow(books.url, { maxAgeMinutes: 600 }).map((node) =>
        node.id === 'batch.sort' ? { ...node, wires: [['post'], ['batch.return.prepare']] } : node,
      );
      const func = `if (flow.get('tried')) return [msg, null];
flow.set('tried', true);
msg.exception = ${JSON.stringify(exception)};
return [null, msg];`;
      const settings = { func, outputs: 2, timeout: 0, noerr: 0, initialize: '', finalize: '', libs: [] };
      flow.push(
        {
          id: 'post',
          type: 'function',
          ...place,
          ...settings,
          wires: [['batch.closed.prepare'], ['router']],
        },
        {
          id: 'router',
          type: 'returns-exception-router',
          ...place,
          store: BATCH_STORE,
          owners: ['integration'],
          wires: [['post'], [], []],
        },
        {
          id: 'resume',
          type: 'inject',
          ...place,
          props: [
            { p: 'command', v: 'resume', vt: 'str' },
            { p: 'payload', v: '{"all":true}', vt: 'json' },
          ],
          wires: [['router']],
        },
      );
      rehearsal = await Rehearsal.start(flow);
      await send(...returns(0, 3));
      await ask('flush');
      const parked = await rehearsal.until((now) => now.exceptions.open === 1, 30_000, BATCH_STORE);
      assert.deepEqual([parked.exceptions.byOwner, books.batches.size], [{ integration: 1 }, 0]);
      await rehearsal.nodeRed.inject('resume');
      await books.until(() => books.batches.size === 1);
      assert.deepEqual(members(), names(3));
      assert.doesNotMatch(rehearsal.nodeRed.log, /\[error\]/);
    },
  );

  it('a node without a bound for the wait does not start, and says why', LIMIT, async () => {
    await begin({ maxAgeMinutes: '', timetable: '' });
    await rehearsal.nodeRed.waitForLog(/set how long a return may wait, or a timetable/);
    const { status, body } = await feed(port(), { topic: 'return.accepted', payload: accepted('A') });
    assert.deepEqual([status, /need attention/.test(body)], [500, true]);
  });
});
