import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import registerCredit from '../../nodes/brightpearl/brightpearl-sales-credit';
import registerCreate from '../../nodes/d365/d365-create-return-order';
import registerValidator from '../../nodes/flow/returns-sku-validator';
import { CHECKS } from '../../nodes/returns/check-profile';
import type { ErpConnector } from '../../nodes/returns/erp-connector';
import type { ReturnEvent } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import { quantity } from '../../nodes/returns/quantity';
import { defineNode } from '../../nodes/runtime/define-node';
import type { ErpConnection } from '../../nodes/runtime/erp-connection';
import { createWorld, seededRandom, type World } from '../../nodes/sandbox/world';
import type { ReturnsStore } from '../../nodes/store/store';
import { exceptionOf, messageOf, sentOf } from '../support/brightpearl-nodes';
import { brightpearlRig, returnOf } from '../support/brightpearl-rig';
import { fakeNodeRed } from '../support/fake-node-red';
import { d365Rig } from '../support/validator-node';

const RETURNS = 1000;
const AT_ONCE = 50;

/** A return of each order: some lines of it, some units of each, with the price and outcome that a platform tells. */
function cleanReturns(world: World): ReturnEvent[] {
  const random = seededRandom(42);
  return world.orders.slice(0, RETURNS).map((order) => {
    const whole = returnOf(order, undefined, { topic: 'return.accepted' });
    const some = random.shuffle(whole.lines).slice(0, random.between(1, whole.lines.length));
    const lines = some.map((one) => {
      const units = random.between(1, one.quantity.value);
      const sold = order.lines.find(({ lineId }) => lineId === one.id);
      const amount = sold ? sold.amountMinor / sold.quantity : Number.NaN;
      // A discount that does not share out evenly has no unit price to tell.
      const price = Number.isInteger(amount) ? money(amount, world.currency) : null;
      return { ...one, quantity: quantity(units), price };
    });
    return { ...whole, lines };
  });
}

/** Sends each return through the validator and then, if it passes, through the ERP's node: each once. */
async function sentThrough(
  rig: { connector: ErpConnector; store: ReturnsStore; world: World },
  connectionType: string,
  posting: { type: string; config: Record<string, unknown>; connection: string; erp: string },
): Promise<{ posted: number; held: string[] }> {
  const { RED, make } = fakeNodeRed();
  registerValidator(RED);
  registerCreate(RED);
  registerCredit(RED);
  defineNode(RED, {
    type: connectionType,
    config: z.object({}),
    start: (): ErpConnection => ({
      connector: () => Promise.resolve(rig.connector),
      store: () => Promise.resolve(rig.store),
    }),
  });
  const { id } = make(connectionType, {});
  const { erp } = posting;
  const rules = { checks: [...CHECKS], toleranceMinor: 1, fill: false };
  const validator = make('returns-sku-validator', { erp, [erp]: id, ...rules });
  const erpNode = make(posting.type, { [posting.connection]: id, ...posting.config });
  const result = { posted: 0, held: [] as string[] };
  const send = async (event: ReturnEvent): Promise<void> => {
    const checked = sentOf((await validator.take(messageOf(event))).sent);
    const [message] = checked.passed;
    const ended = message ? sentOf((await erpNode.take(message)).sent) : checked;
    if (message && ended.passed.length === 1) result.posted += 1;
    else result.held.push(exceptionOf(ended.held[0]).summary);
  };
  const events = cleanReturns(rig.world);
  for (let start = 0; start < events.length; start += AT_ONCE) {
    await Promise.all(events.slice(start, start + AT_ONCE).map(send));
  }
  await Promise.all([validator.end(), erpNode.end()]);
  return result;
}

function tell(erp: string, { posted, held }: { posted: number; held: string[] }): void {
  const share = ((posted / RETURNS) * 100).toFixed(2);
  console.log(`${erp}: ${posted} of ${RETURNS} clean returns posted at the first attempt (${share} %)`);
  assert.ok(posted >= RETURNS * 0.999, held.slice(0, 5).join('\n'));
}

describe('R42: clean returns are posted at the first attempt, with every check switched on', () => {
  it('in Dynamics 365', async () => {
    const rig = await d365Rig({ world: createWorld({ seed: 11, orders: RETURNS }) });
    const posting = { type: 'd365-create-return-order', connection: 'connection', erp: 'd365' };
    tell(
      'Dynamics 365',
      await sentThrough(rig, 'd365-connection', { ...posting, config: { warehouse: 'RETQC' } }),
    );
    assert.equal(rig.simulator.observer.returnOrders().length, RETURNS);
  });

  it('R55: in Brightpearl, with mixed tax rates', async () => {
    const world = createWorld({ seed: 11, orders: RETURNS, currency: 'GBP' });
    const rig = await brightpearlRig({ world });
    const posting = { type: 'brightpearl-sales-credit', connection: 'account', erp: 'brightpearl' };
    tell(
      'Brightpearl',
      await sentThrough(rig, 'brightpearl-account', { ...posting, config: { toleranceMinor: 1 } }),
    );
    assert.equal(rig.simulator.observer.salesCredits().length, RETURNS);
  });
});
