import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PostingSummary } from '../../nodes/d365/post-batch';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import { returnKey } from '../../nodes/returns/event';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import { readZip } from '../../nodes/sandbox/d365/zip';
import { exceptionOf, sentOf } from '../support/brightpearl-nodes';
import { dialogDefaults } from '../support/dialog-defaults';
import type { D365Dials } from '../../nodes/sandbox/d365/simulator-types';
import {
  arrivalBatchRig,
  IMPORT,
  inspected,
  RESOLD,
  type ArrivalBatchRig,
} from '../support/d365-arrival-batch';
import { returnOfOrder } from '../support/d365-batch-rig';
import { addOrder } from '../../nodes/sandbox/world';
import { ORDERS, arrivalNode } from '../support/d365-arrivals';

/** Runs a test with a rig and ends it. */
async function withBatches(
  options: Parameters<typeof arrivalBatchRig>[0],
  work: (rig: ArrivalBatchRig) => Promise<void>,
): Promise<void> {
  const rig = await arrivalBatchRig(options);
  try {
    await work(rig);
  } finally {
    await rig.end();
  }
}

/** The exceptions of the members that have left a batch. */
async function leftWith({ sent }: ArrivalBatchRig): Promise<[string | null | undefined, string][]> {
  const { returns } = await sent();
  return returns.map(({ exception }) => [exception?.code, exception?.detail ?? '']);
}

function journals({ simulator }: ArrivalBatchRig): { posted: boolean; description: string }[] {
  return simulator.observer.arrivals().map(({ posted, description }) => ({ posted, description }));
}

describe('D365 Item Arrival takes a closed batch', () => {
  for (const way of ['package', 'single'] as const) {
    it(`R87: ${way}: a refund that a gate counts as accepted brings its goods, another one does not`, async () => {
      await withBatches({}, async (rig) => {
        const events = inspected(rig, 3);
        const batch = await rig.announced(events);
        const memberEvents = rig.store.memberEvents.bind(rig.store);
        rig.store.memberEvents = async (id, page) =>
          (await memberEvents(id, page)).map(({ place, event }) => ({
            place,
            event: event && {
              ...event,
              topic: 'return.refunded' as const,
              lines: event.lines.map((line) => ({
                ...line,
                platformDisposition: line.confirmedDisposition,
                confirmedDisposition: null,
              })),
            },
            ...(place === 2 ? { goodsAccepted: true as const } : {}),
          }));
        const { posting } = await rig.deliver(batch, { way });
        assert.equal(posting?.counts.refused, 0, JSON.stringify(await leftWith(rig)));
        assert.equal(journals(rig).length, 1);
        assert.match(journals(rig)[0]?.description ?? '', new RegExp(events[1]?.order.number ?? '-'));
      });
    });
  }

  for (const way of ['package', 'single'] as const) {
    it(`R132, R138: ${way}: each return has a journal of its own, and one message goes on with all`, async () => {
      await withBatches({ orders: 100 }, async (rig) => {
        const batch = await rig.announced(inspected(rig, 100));
        const { posting, documents, calls } = await rig.deliver(batch, { way });
        assert.ok(posting);
        assert.deepEqual(posting.counts, { closed: 100, posted: 100, refused: 0, byHand: 0 });
        assert.equal(posting.kind, 'item-arrival');
        assert.deepEqual(posting.posted.overall, posting.closed.overall);
        assert.equal(new Set(documents.map(({ references }) => references['reference'])).size, 100);
        const made = journals(rig);
        assert.deepEqual([made.length, made.every(({ posted }) => posted)], [100, true]);
        const statuses = rig.simulator.observer.returnOrders().flatMap(({ lines }) => lines);
        assert.ok(
          statuses.every(({ status, disposition }) => status === 'Registered' && disposition === 'CREDIT'),
        );
        assert.equal(rig.actions(IMPORT), way === 'package' ? 1 : 0);
        assert.ok(way === 'single' ? calls > 500 : calls - 100 <= 12, `${calls} calls`);
        // R137: the same batch again makes nothing, and tells the same.
        const again = await rig.deliver(batch, { way });
        assert.deepEqual([again.documents, again.calls], [documents, 0]);
      });
    });
  }

  it('A12: the import is waited for, and begun once for each page', async () => {
    await withBatches({ orders: 9 }, async (rig) => {
      rig.simulator.dials.packageStageSeconds = 10;
      const batch = await rig.announced(inspected(rig, 9));
      const first = await rig.deliver(batch, { together: 4 });
      assert.deepEqual([first.on, first.held?.class], [null, 'state-blocked']);
      assert.match(first.held?.detail ?? '', /data package/);
      // Another message of a member must not make its journal meanwhile.
      const [event] = inspected(rig, 1);
      assert.ok(event);
      const single = rig.run(rig.connector.receiveGoods(event, [], RESOLD, rig.store));
      await assert.rejects(single, { code: 'd365-package-running' });
      assert.deepEqual(journals(rig), []);
      await rig.run(rig.time.wait(30_000));
      const { posting } = await rig.deliver(batch, { together: 4 });
      assert.equal(posting?.counts.posted, 9);
      assert.deepEqual([journals(rig).length, rig.actions(IMPORT)], [9, 3]);
    });
  });

  it('A7: journals are waited for until the batch job has posted them', async () => {
    const settings = { posting: 'batch-job' as const };
    await withBatches({ settings, simulator: { customService: null } }, async (rig) => {
      const batch = await rig.announced(inspected(rig, 10));
      const first = await rig.deliver(batch);
      assert.deepEqual([first.on, first.held?.code], [null, 'arrival-not-posted']);
      assert.match(first.held?.summary ?? '', /0 of 10 posted/);
      rig.simulator.operator.runBatchJobs('arrival');
      const { posting, calls } = await rig.deliver(batch);
      assert.equal(posting?.counts.posted, 10);
      assert.equal(rig.actions(IMPORT), 1);
      assert.ok(calls <= 4, `${calls} calls`);
    });
  });

  for (const [title, hidden, says] of [
    ['with its reason', 0, /NOWHERE/],
    ['although the list of errors is empty', 1, /gave no reason: look at execution [\w-]+ of data project/],
  ] as const) {
    it(`R136: what the import refuses leaves the batch ${title}, and the rest is posted`, async () => {
      await withBatches({}, async (rig) => {
        rig.simulator.dials.packageErrorsHidden = hidden;
        const events = inspected(rig, 10);
        events.splice(6, 1, ...inspected(rig, 7, 'Strange').slice(6));
        const batch = await rig.announced(events);
        const { posting } = await rig.deliver(batch);
        assert.ok(posting);
        const { counts, closed, posted, refused } = posting;
        assert.deepEqual(counts, { closed: 10, posted: 9, refused: 1, byHand: 0 });
        assert.equal(posted.overall.value + refused.overall.value, closed.overall.value);
        const [[, detail] = ['', ''], more] = await leftWith(rig);
        assert.match(detail, says);
        assert.equal(more, undefined);
        assert.equal(journals(rig).length, 9);
        // Sent back by a person when it is put right, it is received alone.
        const [mended] = inspected(rig, 7).slice(6);
        assert.ok(mended);
        const { problem, made } = await rig.run(rig.connector.receiveGoods(mended, [], RESOLD, rig.store));
        assert.deepEqual([problem, made.length, journals(rig).length], [null, 1, 10]);
      });
    });
  }

  it('R136: an import that fails as a whole posts nothing and says so for each', async () => {
    await withBatches({}, async (rig) => {
      const batch = await rig.announced(inspected(rig, 3, 'Strange'));
      const { posting } = await rig.deliver(batch);
      assert.deepEqual([posting?.counts.posted, posting?.counts.refused], [0, 3]);
      assert.equal((await leftWith(rig)).length, 3);
      assert.deepEqual(journals(rig), []);
    });
  });

  it('R85, R101: members without a return order, or with one that is stopped, leave the batch', async () => {
    await withBatches({}, async (rig) => {
      const unknown = returnOfOrder(addOrder(rig.world, {}));
      const events = inspected(rig, 5);
      await rig.run(rig.connector.createReturnOrders(events, ORDERS, rig.store));
      const [stopped] = rig.simulator.observer.returnOrders();
      rig.simulator.operator.stopOrder(stopped?.number ?? '');
      const [line] = unknown.lines;
      assert.ok(line);
      const lost = { ...unknown, lines: [{ ...line, confirmedDisposition: 'Resellable' }] };
      const batch = await rig.batchOf([...events, lost]);
      const { posting } = await rig.deliver(batch);
      assert.deepEqual(posting?.counts, { closed: 6, posted: 4, refused: 2, byHand: 0 });
      const codes = (await leftWith(rig)).map(([code]) => code).sort();
      assert.deepEqual(codes, ['return-order-locked', 'return-order-missing']);
      assert.equal(journals(rig).length, 4);
    });
  });

  for (const [title, dials] of [
    ['carried out', { dropAfterCommitNext: 1 }],
    ['never arrived', { dropBeforeCommitNext: 1 }],
    ['carried out a minute later', { lateCommitNext: 1, lateCommitMs: 60_000 }],
  ] as const satisfies readonly (readonly [string, Partial<D365Dials>])[]) {
    it(`R109: the answer to the import is lost, ${title}: each journal is there once`, async () => {
      await withBatches({}, async (rig) => {
        const batch = await rig.announced(inspected(rig, 10));
        const handle = rig.simulator.handle.bind(rig.simulator);
        const begun: unknown[] = [];
        rig.simulator.handle = (request) => {
          if (request.url.endsWith(IMPORT)) {
            const { executionId } = JSON.parse(request.body.toString()) as { executionId: unknown };
            if (begun.push(executionId) === 1) Object.assign(rig.simulator.dials, dials);
          }
          return handle(request);
        };
        const { posting } = await rig.deliver(batch);
        assert.equal(posting?.counts.posted, 10);
        await rig.run(rig.time.wait(600_000));
        await rig.simulator.observer.settled();
        assert.deepEqual([journals(rig).length, begun.length], [10, title === 'never arrived' ? 2 : 1]);
        // Under its own id, so that D365 would refuse it where it was late only.
        assert.equal(new Set(begun).size, 1);
      });
    });
  }

  it('R92, R178: the node keeps the halves of each member, and says what a batch waits for', async () => {
    await withBatches({ orders: 3 }, async (rig) => {
      rig.simulator.dials.packageStageSeconds = 10;
      const events = inspected(rig, 3);
      const batch = await rig.announced(events);
      const node = arrivalNode(rig, { when: 'return.accepted' });
      const message = (): NodeMessage => ({ topic: 'batch.closed', payload: batch });
      const first = await rig.run(node.take(message()));
      assert.match(exceptionOf(sentOf(first.sent).held[0]).detail, /data package/);
      const halves = async (): Promise<string[]> => {
        const all = await Promise.all(events.map((event) => rig.store.halvesOf(returnKey(event))));
        return all.map((some) =>
          some
            .map(({ half }) => half)
            .sort()
            .join(),
        );
      };
      assert.deepEqual(await halves(), ['goods', 'goods', 'goods']);
      await rig.run(rig.time.wait(30_000));
      const { sent } = await rig.run(node.take(message()));
      const [passed] = sentOf(sent).passed;
      assert.equal((passed?.['posting'] as PostingSummary).counts.posted, 3);
      assert.deepEqual(await halves(), ['goods,stock', 'goods,stock', 'goods,stock']);
      await node.end();
    });
  });

  it('the data project and the entities of its package are called as the connection says', async () => {
    const settings = { arrivalProject: 'Contoso arrivals', arrivalComposite: 'Arrivals & lines' };
    await withBatches({ settings }, async (rig) => {
      const batch = await rig.announced(inspected(rig, 2));
      const seen: string[] = [];
      const handle = rig.simulator.handle.bind(rig.simulator);
      rig.simulator.handle = (request) => {
        const body = request.body.toString('latin1');
        if (request.url.startsWith('/blob/')) seen.push(...[...readZip(request.body).keys()]);
        if (request.url.endsWith(IMPORT)) {
          seen.push(String((JSON.parse(body) as Record<string, unknown>)['definitionGroupId']));
        }
        return handle(request);
      };
      await rig.deliver(batch);
      assert.deepEqual(seen, [
        'Manifest.xml',
        'PackageHeader.xml',
        'Arrivals & lines.xml',
        'Contoso arrivals',
      ]);
    });
  });

  it('a new connection is given the names that the settings have by themselves', () => {
    const given = dialogDefaults('d365/d365-connection.html');
    const own: Record<string, unknown> = d365SettingsSchema.parse({ company: 'usmf' });
    for (const name of ['arrivalProject', 'arrivalComposite', 'arrivalHeader', 'arrivalLine']) {
      assert.equal(given[name], own[name]);
    }
    const strange = d365SettingsSchema.safeParse({ company: 'usmf', arrivalHeader: 'A B>' });
    assert.match(strange.error?.issues[0]?.message ?? '', /letters, digits and _/);
  });
});
