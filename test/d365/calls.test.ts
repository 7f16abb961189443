import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Tally } from '../../scripts/bench/erp-process';
import { counted, simulatedBc, simulatedFscm, type Product } from '../../scripts/bench/d365-products';
import { journeyOf, postInTheEnd, type Step } from '../../scripts/bench/d365-story';

interface Counted {
  step: Step;
  waits: number;
  calls: Tally;
}

/** The calls of a return by its documents, after another one has brought what is asked once for all. */
async function documentsOf(desk: Product<unknown>, steps: readonly Step[]): Promise<Counted[][]> {
  const { clock, store, world } = desk;
  const exchanged = steps.includes('exchange order');
  const each = async (at: number): Promise<Counted[]> => {
    const order = world.orders[at];
    assert.ok(order);
    const journey = journeyOf(world, order, exchanged);
    const made: Counted[] = [];
    for (const step of steps) {
      const { value, calls } = await counted(() => postInTheEnd(step, journey, desk));
      made.push({ step, waits: value, calls });
    }
    return made;
  };
  try {
    return await clock.run(
      (async () => {
        const first = await each(0);
        return [first, await each(1)];
      })(),
    );
  } finally {
    await store.close();
  }
}

function sum({ calls }: Counted): number {
  return Object.values(calls).reduce((all, count) => all + count, 0);
}

async function callsOf(desk: Product<unknown>, steps: readonly Step[]): Promise<[Step, number][]> {
  const [, second = []] = await documentsOf(desk, steps);
  return second.map((one) => [one.step, sum(one)]);
}

const wish = { orders: 3, latencyMs: 100 };
const service = { settings: { posting: 'service' } };

describe('how many calls a return costs', () => {
  it('Finance & SCM by the posting service: no document is read twice, and what can travels together', async () => {
    assert.deepEqual(
      await callsOf(await simulatedFscm({ ...wish, ...service }), [
        'return order',
        'arrival',
        'credit note',
        'refund',
      ]),
      [
        ['return order', 5],
        ['arrival', 5],
        ['credit note', 8],
        ['refund', 11],
      ],
    );
  });

  it('Finance & SCM: a replacement order asks for its items and their settings in one call', async () => {
    const [, [step, calls] = []] = await callsOf(await simulatedFscm({ ...wish, ...service }), [
      'return order',
      'exchange order',
    ]);
    assert.deepEqual([step, calls], ['exchange order', 8]);
  });

  it('Finance & SCM: names are checked with one look at $metadata, whatever is posted', async () => {
    const desk = await simulatedFscm({ ...wish, ...service });
    const made = await documentsOf(desk, ['return order', 'arrival', 'credit note', 'refund']);
    const looks = made.flat().reduce((all, { calls }) => all + (calls['$metadata'] ?? 0), 0);
    assert.equal(looks, 1);
  });

  it('Finance & SCM by batch jobs: a look at an arrival journal costs one call, one at a refund six', async () => {
    const looks = async (seconds: number, at: number): Promise<Counted> => {
      const desk = await simulatedFscm(wish);
      const { dials } = desk.simulator;
      dials.arrivalJobSeconds = seconds;
      dials.packingSlipJobSeconds = seconds;
      dials.invoiceJobSeconds = seconds;
      dials.paymentJobSeconds = seconds;
      const [, second = []] = await documentsOf(desk, ['return order', 'arrival', 'credit note', 'refund']);
      const found = second[at];
      assert.ok(found);
      return found;
    };
    for (const [at, each] of [
      [1, 1],
      [3, 6],
    ] as const) {
      const [often, seldom] = [await looks(600, at), await looks(7200, at)];
      assert.ok(seldom.waits > often.waits + 1, 'another number of looks');
      // What is remembered for minutes is asked anew meanwhile.
      const kept = /Warehouses|DispositionCodes|token/;
      const own = ({ calls }: Counted): number =>
        Object.entries(calls).reduce((all, [kind, count]) => (kept.test(kind) ? all : all + count), 0);
      assert.equal((own(seldom) - own(often)) / (seldom.waits - often.waits), each);
    }
  });

  it('Business Central: draft, and post with the accounting periods beside the invoice', async () => {
    const made = await callsOf(await simulatedBc(wish), ['return order', 'arrival', 'credit note']);
    assert.deepEqual(made, [
      ['return order', 4],
      ['arrival', 0],
      ['credit note', 5],
    ]);
    assert.deepEqual(await callsOf(await simulatedBc(wish), ['return order', 'exchange order']), [
      ['return order', 4],
      ['exchange order', 5],
    ]);
  });
});
