import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import register from '../../nodes/d365/d365-credit-note';
import type { PostingSummary } from '../../nodes/d365/post-batch';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import { sentOf } from '../support/brightpearl-nodes';
import { connectedNode } from '../support/d365-node';
import { CreditBatch } from '../../nodes/d365/credit-batch';
import type { PostedDocuments, RefundPolicy } from '../../nodes/d365/documents';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import { returnKey, type ReturnEvent } from '../../nodes/returns/event';
import type { ClosedBatch } from '../../nodes/returns/batch';
import { readZip } from '../../nodes/sandbox/d365/zip';
import type { SimulatedRequest } from '../../nodes/sandbox/simulator';
import { addOrder } from '../../nodes/sandbox/world';
import {
  arrivalBatchRig,
  IMPORT,
  inspected,
  takenBy,
  type ArrivalBatchRig,
  type TakenBatch,
} from '../support/d365-arrival-batch';
import { partsOfOrder } from '../support/d365-batch-rig';
import { CREDIT_POLICY } from '../support/d365-credit-rig';
import { POLICY } from '../support/d365-refunds';
import { dialogDefaults } from '../support/dialog-defaults';

const HALF_A_MINUTE = 30_000;

interface CreditRig extends ArrivalBatchRig {
  /** A batch of returns whose goods are registered. */
  arrived: (events: readonly ReturnEvent[]) => Promise<ClosedBatch>;
  /** One delivery of a batch to D365 Credit Note. */
  credit: (batch: ClosedBatch, change?: CreditChange) => Promise<TakenBatch>;
}

interface CreditChange {
  way?: 'package' | 'single';
  together?: number;
  policy?: Partial<RefundPolicy>;
}

async function withCredits(
  options: Parameters<typeof arrivalBatchRig>[0],
  work: (rig: CreditRig) => Promise<void>,
): Promise<void> {
  const rig = await arrivalBatchRig(options);
  try {
    await work({
      ...rig,
      arrived: async (events) => {
        const batch = await rig.announced(events);
        const { posting } = await rig.deliver(batch, { way: 'single' });
        assert.equal(posting?.counts.posted, events.length);
        return batch;
      },
      credit: (batch, { way = 'package', together = 100, policy = {} } = {}) => {
        const posting = {
          way,
          together,
          mappings: () => null,
          refund: () => ({ ...POLICY, ...policy }),
          credit: ({ payload }: { payload: ReturnEvent }) =>
            rig.connector.postCredit(payload, [], CREDIT_POLICY, rig.store),
        };
        return takenBy(
          rig,
          batch,
          (node, connection) => new CreditBatch(node, connection, posting, 'd365-credit-note', rig.time),
        );
      },
    });
  } finally {
    await rig.end();
  }
}

/** Posted refunds by return order, in cents. */
function refunded({ simulator }: ArrivalBatchRig): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { posted, reference, amount } of simulator.observer.refunds()) {
    if (posted) sums.set(reference, (sums.get(reference) ?? 0) + Math.round(amount * 100));
  }
  return sums;
}

/** What was credited, by return order, in cents. */
function credited({ simulator }: ArrivalBatchRig): Map<string, number> {
  return new Map(
    simulator.observer.creditNotes().map((note) => [note.returnOrder, Math.round(-note.total * 100)]),
  );
}

/** Counts requests of an action, and may lose one of them: before it arrives, or its answer. */
function losing(rig: CreditRig, action: string, nth: number, when: 'before' | 'after'): void {
  const handle = rig.simulator.handle.bind(rig.simulator);
  let seen = 0;
  rig.simulator.handle = async (request: SimulatedRequest) => {
    const hit = request.url.endsWith(action) && (seen += 1) === nth;
    if (hit && when === 'before') return { status: 0, drop: true };
    const answer = await handle(request);
    return hit ? { status: 0, drop: true } : answer;
  };
}

/** Two returns of one order, each with one of its two pieces. */
function twoOfOneSale(rig: CreditRig): ReturnEvent[] {
  const order = addOrder(rig.world, { quantity: 2, state: 'invoiced' });
  rig.simulator.takeOver(order);
  return partsOfOrder(order).map((event) => ({
    ...event,
    lines: event.lines.map((of) => ({ ...of, confirmedDisposition: 'Resellable' })),
  }));
}

describe('D365 Credit Note takes a closed batch', () => {
  for (const way of ['package', 'single'] as const) {
    it(`R132, R138: ${way}: each return has its credit and its refund, to the penny, and one message goes on`, async () => {
      await withCredits({ orders: 60 }, async (rig) => {
        const batch = await rig.arrived(inspected(rig, 60));
        const { posting, documents, calls } = await rig.credit(batch, { way });
        assert.ok(posting);
        assert.deepEqual(posting.counts, { closed: 60, posted: 60, refused: 0, byHand: 0 });
        assert.deepEqual([posting.kind, posting.without], ['credit-note', 0]);
        assert.deepEqual(posting.posted.overall, posting.closed.overall);
        assert.deepEqual(refunded(rig), credited(rig));
        assert.equal(refunded(rig).size, 60);
        const kinds = documents.map(({ kind }) => kind);
        assert.equal(kinds.filter((kind) => kind === 'refund-journal').length, 60);
        assert.equal(rig.actions(IMPORT), way === 'package' ? 1 : 0);
        // R137: the same batch again makes nothing, and tells the same.
        const again = await rig.credit(batch, { way });
        assert.deepEqual([again.documents.length, again.posting?.counts.posted], [documents.length, 60]);
        assert.deepEqual(refunded(rig), credited(rig));
        assert.ok(again.calls < calls, `${again.calls} calls`);
      });
    });
  }

  it('A12: refunds by package need fewer calls than refunds one by one', async () => {
    const counts: number[] = [];
    for (const way of ['package', 'single'] as const) {
      await withCredits({ orders: 40 }, async (rig) => {
        const batch = await rig.arrived(inspected(rig, 40));
        for (const event of inspected(rig, 40)) {
          await rig.run(rig.connector.postCredit(event, [], CREDIT_POLICY, rig.store));
        }
        counts.push((await rig.credit(batch, { way })).calls);
      });
    }
    const [together = 0, single = 0] = counts;
    // One posting and few look-ups of each remain.
    assert.ok(together * 4 < single, `${together} of ${single} calls`);
  });

  it('A12, R137: the import is waited for, and another message makes no second journal meanwhile', async () => {
    await withCredits({ orders: 9 }, async (rig) => {
      const events = inspected(rig, 9);
      const batch = await rig.arrived(events);
      rig.simulator.dials.packageStageSeconds = 10;
      const first = await rig.credit(batch, { together: 4 });
      assert.deepEqual([first.on, first.held?.class], [null, 'state-blocked']);
      assert.match(first.held?.detail ?? '', /data package/);
      const [event] = events;
      assert.ok(event);
      const known = await rig.store.documentsOf(returnKey(event));
      const credits = known.filter(({ kind }) => kind === 'credit-note');
      const single = rig.run(rig.connector.bookRefund(event, credits, POLICY, rig.store));
      await assert.rejects(single, { code: 'd365-package-running' });
      assert.equal(rig.simulator.observer.refunds().length, 0);
      await rig.run(rig.time.wait(HALF_A_MINUTE));
      const { posting } = await rig.credit(batch, { together: 4 });
      assert.equal(posting?.counts.posted, 9);
      assert.deepEqual(refunded(rig), credited(rig));
      assert.equal(rig.actions(IMPORT), 3);
    });
  });

  it('R80, R109: two refunds of one order are never on their way at the same time', async () => {
    await withCredits({ orders: 3 }, async (rig) => {
      const events = twoOfOneSale(rig);
      const batch = await rig.arrived(events);
      rig.simulator.dials.packageStageSeconds = 10;
      const begun: number[] = [];
      for (let tries = 0; tries < 6; tries += 1) {
        const { posting } = await rig.credit(batch);
        begun.push(rig.actions(IMPORT));
        if (posting) break;
        await rig.run(rig.time.wait(HALF_A_MINUTE));
      }
      assert.deepEqual(begun.slice(0, 2), [1, 2]);
      assert.deepEqual(refunded(rig), credited(rig));
      assert.equal(refunded(rig).size, 2);
    });
  });

  it('R109: a refund that comes alone waits for the package that holds another of its order', async () => {
    await withCredits({ orders: 3 }, async (rig) => {
      const [first, second] = twoOfOneSale(rig);
      assert.ok(first && second);
      await rig.arrived([first, second]);
      rig.simulator.dials.packageStageSeconds = 10;
      const creditsOf = async (event: ReturnEvent): ReturnType<typeof rig.store.documentsOf> => {
        const { documents } = await rig.run(rig.connector.postCredit(event, [], CREDIT_POLICY, rig.store));
        return documents;
      };
      const entry = { event: first, credits: await creditsOf(first) };
      const [running] = await rig.run(rig.connector.bookRefundsTogether([entry], POLICY, rig.store));
      assert.ok(running instanceof Error);
      const credits = await creditsOf(second);
      const alone = (): ReturnType<typeof rig.connector.bookRefund> =>
        rig.run(rig.connector.bookRefund(second, credits, POLICY, rig.store));
      await assert.rejects(alone(), { code: 'd365-package-running' });
      await rig.run(rig.time.wait(HALF_A_MINUTE));
      assert.equal((await alone()).problem, null);
      assert.deepEqual([...refunded(rig).values()].length, 1);
      await rig.run(rig.connector.bookRefundsTogether([entry], POLICY, rig.store));
      assert.deepEqual(refunded(rig), credited(rig));
    });
  });

  for (const when of ['before', 'after'] as const) {
    it(`R109, R137: a package whose call was lost (${when} it arrived) refunds each once`, async () => {
      await withCredits({ orders: 8 }, async (rig) => {
        const batch = await rig.arrived(inspected(rig, 8));
        losing(rig, IMPORT, 1, when);
        let posting: TakenBatch['posting'] = null;
        for (let tries = 0; tries < 5 && !posting; tries += 1) {
          ({ posting } = await rig.credit(batch));
          await rig.run(rig.time.wait(600_000));
        }
        assert.equal(posting?.counts.posted, 8);
        assert.deepEqual(refunded(rig), credited(rig));
        const headers = new Set(rig.simulator.observer.refunds().map(({ journal }) => journal));
        assert.equal(headers.size, 8);
      });
    });
  }

  it('R82, R136: what the import refuses is told with its reason, and the credits stay', async () => {
    await withCredits({ orders: 3 }, async (rig) => {
      const batch = await rig.arrived(inspected(rig, 3));
      const { posting } = await rig.credit(batch, { policy: { journalName: 'NOSUCH' } });
      assert.deepEqual([posting?.counts.posted, posting?.counts.refused], [0, 3]);
      assert.deepEqual([credited(rig).size, refunded(rig).size], [3, 0]);
      const { returns } = await rig.sent();
      const [told] = returns;
      assert.equal(told?.exception?.code, 'refund-declined');
      assert.match(JSON.stringify(told.exception), /NOSUCH/);
    });
  });

  it('R92, R98: the node credits and refunds members when they ask for it, and keeps their halves', async () => {
    await withCredits({ orders: 4, config: { member: 'topic', from: 'on-received' } }, async (rig) => {
      const [first, second, third, early] = inspected(rig, 4);
      assert.ok(first && second && third && early);
      const received = { ...early, id: `${early.id}-received`, topic: 'return.received' as const };
      const mixed = await rig.batchOf([received]);
      const batch = await rig.arrived([first, second, third, early]);
      const methods = [{ paid: 'CARD', refund: 'CARD' }];
      const config = { refund: 'journal', journalName: 'RETREFUND', methods };
      const node = connectedNode(rig, register, 'd365-credit-note', config);
      const of = async (closed: ClosedBatch): Promise<NodeMessage | undefined> =>
        sentOf((await rig.run(node.take({ topic: 'batch.closed', payload: closed }))).sent).passed[0];
      const passed = await of(mixed);
      // What is not credited must not read as credited.
      assert.equal((passed?.['posting'] as PostingSummary).without, 1);
      assert.deepEqual([passed?.['documents'], refunded(rig).size], [[], 0]);
      await of(batch);
      assert.deepEqual([refunded(rig).size, rig.actions(IMPORT)], [4, 1]);
      const halves = await rig.store.halvesOf(returnKey(first));
      assert.ok(halves.some(({ half }) => half === 'credit'));
      await node.end();
    });
  });

  it('R176: members that ask for no credit do not read as credited', async () => {
    await withCredits({ orders: 2 }, async (rig) => {
      const [first, second] = inspected(rig, 2);
      assert.ok(first && second);
      const batch = await rig.arrived([first, second]);
      const posting = {
        way: 'package' as const,
        together: 100,
        mappings: () => null,
        refund: () => null,
        credit: ({
          payload,
        }: {
          payload: ReturnEvent;
        }): Promise<Pick<PostedDocuments, 'documents' | 'problem'>> =>
          payload.returnId === first.returnId
            ? rig.connector.postCredit(payload, [], CREDIT_POLICY, rig.store)
            : Promise.resolve({ documents: [], problem: null }),
      };
      const { posting: told, statuses } = await takenBy(
        rig,
        batch,
        (node, connection) => new CreditBatch(node, connection, posting, 'd365-credit-note', rig.time),
      );
      assert.equal(told?.without, 1);
      assert.match(statuses.at(-1) ?? '', /1 posted, 1 without/);
    });
  });

  it('the data project and the entities of its package are called as the connection says', async () => {
    const settings = { paymentProject: 'Contoso refunds', paymentComposite: 'Payments & lines' };
    await withCredits({ orders: 2, settings }, async (rig) => {
      const batch = await rig.arrived(inspected(rig, 2));
      const seen: string[] = [];
      const handle = rig.simulator.handle.bind(rig.simulator);
      rig.simulator.handle = (request) => {
        if (request.url.startsWith('/blob/')) seen.push(...readZip(request.body).keys());
        if (request.url.endsWith(IMPORT)) {
          const { definitionGroupId } = JSON.parse(request.body.toString()) as Record<string, unknown>;
          seen.push(String(definitionGroupId));
        }
        return handle(request);
      };
      await rig.credit(batch);
      assert.deepEqual(seen, [
        'Manifest.xml',
        'PackageHeader.xml',
        'Payments & lines.xml',
        'Contoso refunds',
      ]);
    });
    const given = dialogDefaults('d365/d365-connection.html');
    const own: Record<string, unknown> = d365SettingsSchema.parse({ company: 'usmf' });
    for (const name of ['paymentProject', 'paymentComposite', 'paymentHeader', 'paymentLine']) {
      assert.equal(given[name], own[name]);
    }
  });
});
