import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReturnOrderOutcome } from '../../nodes/d365/documents';
import type { BcClient } from '../../nodes/d365/business-central/client';
import { LedgerError } from '../../nodes/returns/failure';
import { createWorld } from '../../nodes/sandbox/world';
import { bcBench, codeOf, inTheEnd, POLICY, returnOf, type BcBench } from '../support/bc-bench';

const world = (): ReturnType<typeof createWorld> => createWorld({ seed: 5, orders: 100 });

function codes(outcomes: readonly (ReturnOrderOutcome | LedgerError)[]): string[] {
  return outcomes.map((one) => (one instanceof LedgerError ? one.code : codeOf(one)));
}

function numbers({ simulator }: BcBench): string[] {
  return simulator.observer.drafts().map(({ externalNumber }) => externalNumber);
}

describe('R132, R136: drafts of a batch in $batch calls', () => {
  it('a hundred take a fraction of the calls that they take one by one', async () => {
    const [single, together] = [await bcBench({ world: world() }), await bcBench({ world: world() })];
    const eventsOf = (bench: BcBench): ReturnType<typeof returnOf>[] =>
      bench.world.orders.map((sold) => returnOf(sold));
    for (const event of eventsOf(single)) await single.announce(event);
    const outcomes = await together.connector.createReturnOrders(eventsOf(together), POLICY, together.store);
    assert.deepEqual(new Set(codes(outcomes)), new Set(['posted, as meant']));
    assert.deepEqual(numbers(together).sort(), numbers(single).sort());
    // Sign-in, company and names besides; one by one it is four calls each.
    assert.ok(single.connector.calls >= 400, `${single.connector.calls} calls one by one`);
    assert.ok(together.connector.calls <= 20, `${together.connector.calls} calls together`);
  });

  it('what is refused of one leaves the others alone', async () => {
    const bench = await bcBench({ world: world() });
    const [first, second, ...rest] = bench.world.orders;
    assert.ok(first && second);
    const sku = first.lines[0]?.sku ?? '';
    const own = bench.world.orders.filter((sold) => sold.lines.some((row) => row.sku === sku)).length;
    bench.simulator.blockItem(sku, { blocked: true });
    const events = [first, second, ...rest].map((sold) => returnOf(sold));
    const outcomes = codes(await bench.connector.createReturnOrders(events, POLICY, bench.store));
    assert.equal(outcomes[0], 'sku-blocked');
    assert.equal(outcomes.filter((code) => code === 'sku-blocked').length, own);
    assert.equal(outcomes.filter((code) => code === 'posted, as meant').length, 100 - own);
    assert.equal(numbers(bench).length, 100 - own);
  });

  it('a batch whose answer is lost is looked up for each draft, and nothing is made twice (R109)', async () => {
    const bench = await bcBench({ world: world() });
    const events = bench.world.orders.slice(0, 30).map((sold) => returnOf(sold));
    const client = Reflect.get(bench.connector, 'client') as BcClient;
    const batch = client.batch.bind(client);
    let lost = 0;
    client.batch = (requests, write, signal) => {
      if (write && lost === 0) lost = bench.simulator.dials.dropAfterCommitNext = 1;
      return batch(requests, write, signal);
    };
    const first = await bench.connector.createReturnOrders(events, POLICY, bench.store);
    assert.equal(numbers(bench).length, 30);
    assert.ok(first.every((one) => one instanceof LedgerError && one.class === 'ambiguous'));
    await inTheEnd(bench.time, async () => {
      const again = await bench.connector.createReturnOrders(events, POLICY, bench.store);
      const open = again.find((one) => one instanceof LedgerError);
      if (open instanceof LedgerError) throw open;
    });
    assert.equal(numbers(bench).length, 30);
    assert.equal(new Set(numbers(bench)).size, 30);
  });

  it('two returns of one order are made one after the other, each seeing what the other took (R50)', async () => {
    const bench = await bcBench();
    const sold = bench.order();
    const events = ['HR-FIRST', 'HR-SECOND'].map((name) =>
      returnOf(sold, { returnId: name, returnNumber: name, id: name }),
    );
    const outcomes = codes(await bench.connector.createReturnOrders(events, POLICY, bench.store));
    assert.deepEqual(outcomes.sort(), ['posted, as meant', 'quantity-over-order']);
    assert.equal(numbers(bench).length, 1);
  });
});
