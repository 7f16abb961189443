import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BrightpearlConnector } from '../../nodes/brightpearl/connector';
import type { CreditOutcome } from '../../nodes/brightpearl/sales-credit';
import { createWorld, seededRandom, type World } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { BRIGHTPEARL_SECRETS } from '../../scripts/brightpearl-flow';
import { BrightpearlAccount } from '../../scripts/crash/brightpearl-erp';
import type { Held } from '../../scripts/crash/check';
import { FaultyErp, type Trap } from '../../scripts/crash/faulty-erp';
import type { ReturnedLine } from '../../scripts/crash/happy-returns-plan';
import { connectorTo, POLICY, posted, returnOf, RigTime } from '../support/brightpearl-rig';

const RETURNS = 10;
const NO_FAULTS = { slowShare: 0, slowMs: 0, dropShare: 0, lateShare: 0, lateMs: 0, afterKillMs: 0 };

interface Stage {
  world: World;
  account: BrightpearlAccount;
  erp: FaultyErp;
  connector: BrightpearlConnector;
  creditAll: () => Promise<PromiseSettledResult<CreditOutcome>[]>;
}

/** An account with faults, and a connector that sends credits of several returns together. */
async function stage(options: { seed?: number; uniqueKey?: boolean } = {}): Promise<Stage> {
  const { seed = 1, uniqueKey = true } = options;
  const world = createWorld({ seed: 3, orders: RETURNS });
  const time = new RigTime();
  const account = new BrightpearlAccount({
    world,
    seed,
    callsPerMinute: 200,
    lockedMs: 0,
    now: () => time.now,
    wait: time.wait,
    uniqueKey,
    refunds: false,
  });
  const erp = new FaultyErp(account.underTest(), seededRandom(seed), NO_FAULTS);
  const { account: code, appRef, token } = BRIGHTPEARL_SECRETS;
  const seen = erp.seenBy('a');
  const simulator = {
    ...account.simulator,
    handle: (request: Parameters<typeof seen.handle>[0]) => seen.handle(request),
  };
  const connector = connectorTo(simulator, time, { account: code, appRef }, token);
  const store = await openMemoryStore();
  const creditAll: Stage['creditAll'] = () =>
    Promise.allSettled(
      world.orders.map((order) => connector.createSalesCredit(returnOf(order), POLICY, store)),
    );
  return { world, account, erp, connector, creditAll };
}

/** Tells how many credits stand at the moment of the kill; null while there was none. */
function trap({ erp, account }: Stage, when: Trap['when']): { standing: number | null } {
  const death: { standing: number | null } = { standing: null };
  erp.trap = { when, instance: 'a', after: 0, kill: () => (death.standing = account.held().length) };
  return death;
}

function twice(held: readonly Held[]): number {
  return held.length - new Set(held.map(({ reference }) => reference)).size;
}

describe('Brightpearl in the crash harness', () => {
  for (const [when, standing] of [
    ['half-done', RETURNS / 2],
    ['committed-before-reply', RETURNS],
    ['during-call', 0],
  ] as const) {
    it(`a request of ${RETURNS} credits, ${when}: each is there once in the end`, async () => {
      const staged = await stage();
      const { account, erp, creditAll } = staged;
      const death = trap(staged, when);
      assert.ok((await creditAll()).every(({ status }) => status === 'rejected'));
      assert.equal(death.standing, standing);
      await erp.settled();
      for (const outcome of await creditAll()) {
        assert.equal(outcome.status, 'fulfilled');
        posted(outcome.value);
      }
      assert.equal(account.held().length, RETURNS);
      assert.equal(twice(account.held()), 0);
    });
  }

  it('a credit that is made again before the late one comes is refused the second time, by the key alone', async () => {
    for (const uniqueKey of [true, false]) {
      const { account, erp, creditAll } = await stage({ uniqueKey });
      account.simulator.dials.lateCommitMs = 60_000;
      account.simulator.dials.lateCommitNext = 1;
      assert.ok((await creditAll()).every(({ status }) => status === 'rejected'));
      assert.ok((await creditAll()).every(({ status }) => status === 'fulfilled'));
      await erp.settled();
      assert.equal(twice(account.held()), uniqueKey ? 0 : RETURNS);
    }
  });

  it('only a request of several documents can be caught half done', async () => {
    const staged = await stage();
    const { account, connector, world } = staged;
    const death = trap(staged, 'half-done');
    const [order] = world.orders;
    assert.ok(order);
    posted(await connector.createSalesCredit(returnOf(order), POLICY, await openMemoryStore()));
    assert.equal(death.standing, null);
    assert.equal(account.held().length, 1);
  });

  it('what the harness works out by itself is what stands in the account: units, amounts, tax, parent', async () => {
    const { account, creditAll, world } = await stage();
    const { amount, also } = account.books;
    await creditAll();
    const held = new Map(account.held().map((one) => [one.also?.['parent order'], one]));
    for (const order of world.orders) {
      const returned = order.lines.map((line): ReturnedLine => ({ line, units: line.quantity }));
      const facts = also?.(order, returned);
      const credit = held.get(facts?.['parent order']);
      assert.deepEqual(credit?.also, facts);
      assert.deepEqual(
        credit?.lines.toSorted((a, b) => (a.sku < b.sku ? -1 : 1)),
        returned
          .map(({ line, units }) => ({ sku: line.sku, quantity: units, minor: amount(line, units) }))
          .toSorted((a, b) => (a.sku < b.sku ? -1 : 1)),
      );
    }
  });

  it('a credit that a person made is not one of ours', async () => {
    const { account, world } = await stage();
    account.simulator.addForeignCredit(account.simulator.orderId(world.orders[0]?.number ?? '') ?? 0);
    assert.equal(account.held().length, 0);
  });
});
