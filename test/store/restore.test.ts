import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import type { ReturnEvent } from '../../nodes/returns/event';
import { returnKey } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import { createD365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import { createWorld, type WorldOrder } from '../../nodes/sandbox/world';
import { openSqliteStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { event, intake, line, NOW } from '../support/events';
import { BASE, httpTo, simulatedTime } from '../support/simulated-http';

const folder = mkdtempSync(join(tmpdir(), 'returns-restore-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const ACCOUNT = { tenant: 'contoso', clientId: 'client-1', clientSecret: 'a-very-secret-value' };

function returnOf(order: WorldOrder): ReturnEvent {
  return event({
    id: `hr_event_of_${order.number}`,
    returnId: `HR${order.number}`,
    returnNumber: `HR${order.number}`,
    order: { number: order.number, id: order.id },
    lines: order.lines.map((sold) =>
      line({ id: sold.lineId, orderLineId: sold.lineId, sku: sold.sku, quantity: quantity(sold.quantity) }),
    ),
  });
}

describe('R231: back up, restore, resume', () => {
  it('mid-flow: nothing is lost, nothing is posted twice', async () => {
    const world = createWorld({ seed: 9, orders: 30 });
    const time = simulatedTime();
    const simulator = createD365Simulator({ world, ...ACCOUNT, now: () => time.now, wait: time.wait });
    const connector = new FscmConnector({
      settings: d365SettingsSchema.parse({
        environmentUrl: BASE,
        authorityUrl: BASE,
        tenant: ACCOUNT.tenant,
        clientId: ACCOUNT.clientId,
        company: 'usrt',
      }),
      clientSecret: ACCOUNT.clientSecret,
      http: httpTo(simulator),
      surroundings: time,
      connectionId: 'c1',
    });
    const policy = { warehouse: 'RETQC', reasons: new Map<string, string>(), orderPattern: null };
    const returns = world.orders.map(returnOf);
    const file = join(folder, 'flow', 'store.db');
    const send = async (store: ReturnsStore, some: readonly ReturnEvent[]): Promise<void> => {
      for (const one of some) {
        await store.accept(intake([{ event: one, returnKey: returnKey(one), exception: null }]));
      }
    };
    const work = async (store: ReturnsStore, most: number): Promise<void> => {
      for (const delivery of await store.takeDeliveries('in-1', { each: most }, NOW)) {
        const outcome = await connector.createReturnOrder(delivery.event, policy, store);
        assert.equal(outcome.outcome, 'posted');
        await store.settleDelivery(delivery.id, NOW);
      }
    };

    const before = await openSqliteStore({ file });
    await send(before, returns.slice(0, 20));
    await work(before, 10);
    const copy = join(folder, 'copy.db');
    assert.ok((await before.backup(copy)).bytes > 0);
    // What happens after the back-up is in the ERP and, for the store, will not have happened.
    await work(before, 5);
    await send(before, returns.slice(20));
    await work(before, 5);
    await before.close();
    assert.equal(simulator.observer.returnOrders().length, 20);

    copyFileSync(copy, `${file}.restore`);
    const kept: string[] = [];
    const restored = await openSqliteStore({ file, onRestored: (name) => void kept.push(name) });
    assert.equal(kept.length, 1);
    assert.ok(existsSync(kept[0] ?? '') && !existsSync(`${file}.restore`));
    await restored.releaseDeliveries('in-1');
    assert.equal((await restored.countDeliveries(null)).open, 10);
    // The platform is asked to send again; what the store has already is a repeat.
    await send(restored, returns);
    await work(restored, 100);
    const held = simulator.observer.returnOrders();
    assert.equal(held.length, 30);
    assert.equal(new Set(held.map((one) => one.reference)).size, 30);
    await restored.close();
  });

  it('a damaged back-up is refused with a clear sentence, and the store is left as it was', async () => {
    const file = join(folder, 'damaged', 'store.db');
    const store = await openSqliteStore({ file });
    await send(store);
    await store.close();
    writeFileSync(`${file}.restore`, 'SQLite format 3\0 but not really');
    await assert.rejects(openSqliteStore({ file }), { code: 'restore-unreadable', class: 'config' });
    rmSync(`${file}.restore`);
    const again = await openSqliteStore({ file });
    assert.equal((await again.countDeliveries(null)).open, 1);
    await again.close();

    async function send(to: ReturnsStore): Promise<void> {
      const one = event();
      await to.accept(intake([{ event: one, returnKey: returnKey(one), exception: null }]));
    }
  });

  it('a back-up is for its owner only, complete or not there', async () => {
    const store = await openSqliteStore({ file: join(folder, 'own', 'store.db') });
    const target = join(folder, 'own', 'copy.db');
    await store.backup(target);
    assert.equal(statSync(target).mode & 0o777, 0o600);
    await assert.rejects(store.backup(join(folder, 'no', 'such', 'folder', 'copy.db')), {
      code: 'backup-failed',
    });
    assert.deepEqual(
      readdirSync(join(folder, 'own')).filter((name) => name.includes('unfinished')),
      [],
    );
    await store.close();
  });
});
