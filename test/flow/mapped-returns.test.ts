import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHECKS } from '../../nodes/returns/check-profile';
import type { ErpConnector } from '../../nodes/returns/erp-connector';
import type { ReturnEvent } from '../../nodes/returns/event';
import type { MappingRow } from '../../nodes/returns/mapping-tables';
import type { MappingContent } from '../../nodes/returns/mappings';
import { createWorld, type World } from '../../nodes/sandbox/world';
import type { ReturnsStore } from '../../nodes/store/store';
import { brightpearlRig, returnOf } from '../support/brightpearl-rig';
import { mappedValidator } from '../support/mapped-validator';
import { d365Rig } from '../support/validator-node';

const RETURNS = 60;

/** How the platform writes a SKU of the shop. */
const written = (sku: string): string => sku.toLowerCase().replaceAll('-', '_');

function tablesFor(world: World, tax: readonly MappingRow[]): MappingContent {
  return {
    sku: world.items.map(({ sku }) => ({ by: 'sku', code: written(sku), item: sku })),
    reason: [{ reason: 'too-small', erpReason: 'SIZE', disposition: '' }],
    disposition: [{ disposition: 'sellable', condition: '*', erpDisposition: 'Credit', warehouse: 'MAIN' }],
    location: [{ location: 'dest-1', warehouse: 'MAIN' }],
    returnType: [{ type: 'original-payment', status: 'Refund' }],
    tax,
  };
}

function returnsOf(world: World): ReturnEvent[] {
  return world.orders.slice(0, RETURNS).map((order) => {
    const whole = returnOf(order, 1, { topic: 'return.accepted' });
    const lines = whole.lines.map((one) => ({
      ...one,
      sku: written(one.sku ?? ''),
      platformDisposition: 'sellable',
      warehouse: 'dest-1',
    }));
    return { ...whole, lines };
  });
}

/** The exceptions of all returns, with every check switched on. */
async function heldOf(
  rig: { connector: ErpConnector; store: ReturnsStore; world: World },
  tax: readonly MappingRow[],
): Promise<string[]> {
  const validator = mappedValidator(rig, { checks: [...CHECKS] }, tablesFor(rig.world, tax));
  const checked = await Promise.all(returnsOf(rig.world).map((one) => validator.check(one)));
  await validator.end();
  return checked.flatMap((one) => (one ? [one.code] : []));
}

describe('R36, R54, R60, R66, R72: returns in the platform’s codes, with every check switched on', () => {
  it('all pass in Dynamics 365', async () => {
    const rig = await d365Rig({ world: createWorld({ seed: 11, orders: RETURNS }) });
    assert.deepEqual(await heldOf(rig, []), []);
  });

  it('all pass in Brightpearl, by the rates of its tax codes; without their rows none does', async () => {
    const rig = await brightpearlRig({ world: createWorld({ seed: 11, orders: RETURNS, currency: 'GBP' }) });
    const rates = ['20', '5', '0'].map((rate) => ({ by: 'rate', tax: rate, taxCode: `T${rate}` }));
    assert.deepEqual(await heldOf(rig, rates), []);
    const held = await heldOf(rig, []);
    assert.deepEqual([held.length, [...new Set(held)]], [RETURNS, ['tax-unmapped']]);
  });
});
