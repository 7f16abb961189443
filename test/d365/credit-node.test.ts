import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { creditConfigSchema } from '../../nodes/d365/credit-config';
import registerCredit from '../../nodes/d365/d365-credit-note';
import type { D365Settings } from '../../nodes/d365/settings';
import { returnKey, type PostedDocument, type ReturnEvent } from '../../nodes/returns/event';
import { defineNode } from '../../nodes/runtime/define-node';
import type { ErpConnection } from '../../nodes/runtime/erp-connection';
import { deliver, exceptionOf, messageOf, sentOf } from '../support/brightpearl-nodes';
import { dialogDefaults } from '../support/dialog-defaults';
import { acceptedReturn, creditRig, orderWith, type CreditRig } from '../support/d365-credit-rig';
import { intake } from '../support/events';
import { fakeNodeRed, type FakeNode } from '../support/fake-node-red';
import { unpaired } from '../support/halves';

interface NodeRig extends CreditRig {
  node: FakeNode;
  of: ReturnEvent;
  end: () => Promise<void>;
}

/** The node over a return order whose goods have arrived. */
async function rigged(
  config: Record<string, unknown> = {},
  goods = true,
  settings: Partial<D365Settings> = {},
): Promise<NodeRig> {
  const rig = await creditRig(settings);
  const order = orderWith(rig.world, 1);
  const of = acceptedReturn(order);
  await rig.ordered(of);
  if (goods) for (const { lineId } of order.lines) await rig.arrive(of, lineId);
  rig.asked.length = 0;
  const { RED, make } = fakeNodeRed();
  registerCredit(RED);
  defineNode(RED, {
    type: 'd365-connection',
    config: z.object({}),
    start: (): ErpConnection => ({
      connector: () => Promise.resolve(rig.connector),
      store: () => Promise.resolve(rig.store),
    }),
  });
  const connection = make('d365-connection', {});
  const node = make('d365-credit-note', { connection: connection.id, ...config });
  const end = async (): Promise<void> => {
    await node.end();
    await rig.store.close();
  };
  return { ...rig, node, of, end };
}

const credits = (documents: unknown): PostedDocument[] =>
  (documents as PostedDocument[]).filter(({ kind }) => kind === 'credit-note');

describe('D365 Credit Note: the node', () => {
  it('R87: credits at acceptance, and passes earlier events on without a call', async () => {
    const rig = await rigged();
    const calls = rig.simulator.observer.calls();
    const received = await rig.node.take(messageOf({ ...rig.of, topic: 'return.received' }));
    assert.equal(sentOf(received.sent).passed.length, 1);
    assert.equal(rig.simulator.observer.calls(), calls);
    const { passed, held } = sentOf((await rig.node.take(messageOf(rig.of))).sent);
    assert.deepEqual([passed.length, held.length], [1, 0]);
    const [credit] = credits(passed[0]?.['documents']);
    assert.equal(credit?.number, rig.simulator.observer.creditNotes()[0]?.number);
    await rig.end();
  });

  it('R87: a refund alone is no acceptance, unless a gate counts it so', async () => {
    const rig = await rigged();
    const refund = { ...rig.of, topic: 'return.refunded' as const };
    await rig.node.take(messageOf(refund));
    assert.deepEqual(rig.simulator.observer.creditNotes(), []);
    await rig.node.take({ ...messageOf(refund), goodsAccepted: true });
    assert.equal(rig.simulator.observer.creditNotes().length, 1);
    await rig.end();
  });

  it('R92, R98: records the money half, and the goods that came before it', async () => {
    const rig = await rigged();
    await rig.node.take(messageOf({ ...rig.of, topic: 'return.received' }));
    const key = returnKey(rig.of);
    assert.deepEqual((await unpaired(rig.store))['goods without credit'], [key]);
    await rig.node.take(messageOf(rig.of));
    const after = await unpaired(rig.store);
    assert.equal(after['goods without credit'], undefined);
    assert.equal(after['credit without goods'], undefined);
    await rig.end();
  });

  it('R94: a rejection and a cancellation after the credit are finance’s, and the return goes on', async () => {
    for (const [topic, code] of [
      ['return.rejected', 'credited-but-rejected'],
      ['return.cancelled', 'credited-but-cancelled'],
    ] as const) {
      const rig = await rigged();
      await rig.node.take(messageOf(rig.of));
      const { passed, held } = sentOf((await rig.node.take(messageOf({ ...rig.of, topic }))).sent);
      assert.equal(passed.length, 1);
      assert.equal(exceptionOf(held[0]).code, code);
      assert.equal(
        exceptionOf(held[0]).owner,
        code === 'credited-but-rejected' ? 'finance' : 'customer service',
      );
      assert.equal(rig.simulator.observer.creditNotes().length, 1);
      await rig.end();
    }
  });

  it('R97: goods that are not registered become the warehouse’s, where nothing brings the return back', async () => {
    const rig = await rigged({}, false);
    const { passed, held } = sentOf((await rig.node.take(messageOf(rig.of))).sent);
    assert.equal(passed.length, 0);
    const exception = exceptionOf(held[0]);
    assert.deepEqual([exception.code, exception.owner], ['goods-not-ready', 'warehouse']);
    assert.match(exception.summary, /not arrived/);
    await rig.end();
  });

  it('R83: a credit note that nobody posts becomes finance’s', async () => {
    const rig = await rigged({}, true, { posting: 'batch-job' });
    const { held } = sentOf((await rig.node.take(messageOf(rig.of))).sent);
    assert.deepEqual(
      [exceptionOf(held[0]).code, exceptionOf(held[0]).owner],
      ['credit-not-posted', 'finance'],
    );
    await rig.end();
  });

  it('R89: the refund is booked after the credit is there, and not before', async () => {
    const rig = await rigged({ refund: 'journal', journalName: 'RETREFUND' });
    const asked: string[] = [];
    rig.connector.bookRefund = (_event, made, policy) => {
      asked.push(`${made.length} ${policy.route} ${policy.journalName}`);
      const [credit] = made;
      assert.ok(credit);
      const refund = { ...credit, kind: 'refund-journal', number: 'PAY-1' };
      return Promise.resolve({ documents: [refund], made: [refund], problem: null });
    };
    const { passed } = sentOf((await rig.node.take(messageOf(rig.of))).sent);
    assert.deepEqual(asked, ['1 journal RETREFUND']);
    const kinds = (passed[0]?.['documents'] as PostedDocument[]).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['credit-note', 'refund-journal']);
    const none = await rigged({ refund: 'journal', journalName: 'RETREFUND' }, false);
    none.connector.bookRefund = () => Promise.reject(new Error('no refund before the credit'));
    const { held } = sentOf((await none.node.take(messageOf(none.of))).sent);
    assert.equal(exceptionOf(held[0]).code, 'goods-not-ready');
    await rig.end();
    await none.end();
  });

  it('says in the log that a credit note was posted by somebody else', async () => {
    const rig = await rigged();
    rig.simulator.operator.runBatchJobs('packingSlip', 'invoice');
    await rig.node.take(messageOf(rig.of));
    assert.match(rig.node.warnings.join(), /posted outside the flow/);
    await rig.end();
  });

  it('R166: lists what was deferred into another period, with value and both days', async () => {
    const rig = await rigged({ closedPeriod: 'defer' });
    rig.simulator.operator.setPeriod('2026-02-20', 'Closed');
    await rig.node.take(messageOf(rig.of));
    const [note] = rig.simulator.observer.creditNotes();
    assert.ok(note);
    const ask = async (payload: unknown): Promise<Record<string, unknown>> => {
      const { sent } = await rig.node.take({ command: 'deferred', payload });
      const [[, , figures] = []] = sent as (Record<string, unknown> | null)[][];
      return figures?.['payload'] as Record<string, unknown>;
    };
    const february = await ask({ from: '2026-02-01', until: '2026-02-28' });
    const amount = `${(-note.total).toFixed(2)} ${note.currency}`;
    assert.deepEqual(february['totals'], [{ currency: note.currency, count: 1, amount }]);
    const { rows } = february as { rows: Record<string, unknown>[] };
    assert.deepEqual(
      rows.map((row) => [row['document'], row['amount'], row['day'], row['postingDay']]),
      [[note.number, amount, '2026-02-20', '2026-03-01']],
    );
    const march = await ask({ from: '2026-03-01', until: '2026-03-31' });
    assert.deepEqual([march['count'], march['totals'], march['more']], [0, [], false]);
    for (const wrong of [{ from: 'February' }, { from: '2026-03-31', until: '2026-03-01' }]) {
      const { error } = await rig.node.take({ command: 'deferred', payload: wrong });
      assert.match((error as Error).message, /msg\.payload\.from/);
    }
    await rig.end();
  });

  it('R179: lists credits whose money has not gone back', async () => {
    const rig = await rigged();
    await rig.store.accept(intake([{ event: rig.of, returnKey: returnKey(rig.of), exception: null }]));
    await rig.node.take(messageOf(rig.of));
    const [note] = rig.simulator.observer.creditNotes();
    assert.ok(note);
    const { sent } = await rig.node.take({ command: 'unrefunded' });
    const [[, , figures] = []] = sent as (Record<string, unknown> | null)[][];
    const { count, totals, rows } = figures?.['payload'] as {
      count: number;
      totals: unknown;
      rows: Record<string, unknown>[];
    };
    const open = `${(-note.total).toFixed(2)} ${note.currency}`;
    assert.deepEqual([count, totals], [1, [{ currency: note.currency, count: 1, amount: open }]]);
    assert.deepEqual([rows[0]?.['credit'], rows[0]?.['open']], [note.number, open]);
    await rig.end();
  });

  it('lists halves that have no counterpart after a command', async () => {
    const rig = await rigged();
    await rig.node.take(messageOf({ ...rig.of, topic: 'return.received' }));
    const { sent } = await rig.node.take({ command: 'unpaired' });
    const [answer] = sent.flatMap((value) => (Array.isArray(value) ? (value[2] ?? []) : []));
    const { goodsWithoutCredit } = (answer as { payload: { goodsWithoutCredit: { return: string }[] } })
      .payload;
    assert.deepEqual(
      goodsWithoutCredit.map((one) => one.return),
      [rig.of.returnNumber],
    );
    await rig.end();
  });

  it('F-8: with a credit at the start, only lines that need no goods are credited', async () => {
    const rig = await rigged({ creditOn: 'on-initiation' }, false);
    const started = { ...rig.of, topic: 'return.started' as const };
    const first = sentOf((await rig.node.take(messageOf(started))).sent);
    assert.equal(exceptionOf(first.held[0]).code, 'goods-not-ready');
    rig.simulator.change('ReturnOrderLinesV2', () => true, { ReturnDispositionCode: 'CREDONLY' });
    const { passed } = sentOf((await rig.node.take(messageOf(started))).sent);
    assert.equal(credits(passed[0]?.['documents']).length, 1);
    assert.deepEqual((await unpaired(rig.store))['credit without goods'], [returnKey(rig.of)]);
    await rig.end();
  });

  it('R97: waits in the store for the batch jobs, and goes on by itself', async () => {
    const rig = await rigged({}, true, { posting: 'batch-job' });
    const soon = { ...rig.connector.waitLimits, stateFirstMs: 1 };
    Object.defineProperty(rig.connector, 'waitLimits', { value: soon });
    const { sent, attempts } = await deliver(rig, rig.node, rig.of, (attempt) => {
      rig.simulator.operator.runBatchJobs(attempt === 1 ? 'packingSlip' : 'invoice');
      return undefined;
    });
    assert.equal(attempts, 3);
    const { passed, held } = sentOf(sent);
    assert.deepEqual([passed.length, held.length], [1, 0]);
    assert.equal(rig.simulator.observer.creditNotes().length, 1);
    await rig.end();
  });

  it('has the dialog’s defaults for a node that was made without it', () => {
    const connection = 'connection';
    assert.deepEqual(
      creditConfigSchema.parse({ ...dialogDefaults('d365/d365-credit-note.html'), connection }),
      creditConfigSchema.parse({ connection }),
    );
    assert.throws(() => creditConfigSchema.parse({ connection, refund: 'journal' }), /payment journal/);
  });
});
