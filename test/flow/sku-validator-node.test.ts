import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHECKS, FIRST_CHECKS } from '../../nodes/returns/check-profile';
import { validatorConfigSchema } from '../../nodes/flow/validator-config';
import type { ErpConnector } from '../../nodes/returns/erp-connector';
import { returnKey } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import { addOrder } from '../../nodes/sandbox/world';
import { exceptionOf, messageOf, sentOf } from '../support/brightpearl-nodes';
import { brightpearlRig, orderWhere, returnOf } from '../support/brightpearl-rig';
import { dialogDefaults } from '../support/dialog-defaults';
import { line } from '../support/events';
import { d365Rig, validatorOver } from '../support/validator-node';

describe('what is checked', () => {
  it('a node from before there was a choice checks what it always did, with no more calls', async () => {
    const config = validatorConfigSchema.parse({ erp: 'd365', d365: 'c1', maxAgeMinutes: 60 });
    assert.deepEqual([...config.profile.checks], [...FIRST_CHECKS]);
    const rig = await d365Rig();
    const node = validatorOver(rig);
    const missing = addOrder(rig.world, { state: 'unknown-to-erp' });
    const message = messageOf(returnOf(missing));
    assert.deepEqual(sentOf((await node.take(message)).sent).passed, [message]);
    assert.ok(!rig.simulator.observer.recent().some(({ path }) => path.includes('SalesOrder')));
    await node.end();
  });

  it('what the dialog fills in for a new node is taken, and every check has its words', () => {
    const config = validatorConfigSchema.parse(dialogDefaults('flow/returns-sku-validator.html'));
    assert.ok(config.profile.checks.has('order') && config.profile.checks.has('blind'));
    assert.throws(() => validatorConfigSchema.parse({ checks: ['item', 'horoscope'] }), /checks/);
    assert.throws(() => validatorConfigSchema.parse({ orderPattern: '(' }), /regular expression/);
  });

  it('discontinued items pass where their check is off', async () => {
    const rig = await d365Rig();
    const order = addOrder(rig.world, { sku: 'OLD-40-GRY' });
    const strict = validatorOver(rig);
    const { held } = sentOf((await strict.take(messageOf(returnOf(order)))).sent);
    assert.equal(exceptionOf(held[0]).code, 'sku-discontinued');
    const lenient = validatorOver(rig, { checks: ['item', 'order', 'quantity'] });
    assert.equal(sentOf((await lenient.take(messageOf(returnOf(order)))).sent).passed.length, 1);
  });
});

describe('R33, R38, R41, R50, R51: findings of a return at once, before anything is posted', () => {
  it('one exception with the most important code, a line for each finding, and no write', async () => {
    const rig = await d365Rig();
    const order = addOrder(rig.world, { state: 'no-customer', sku: 'RUN-38-BLU' });
    const [sold] = order.lines;
    assert.ok(sold);
    const of = returnOf(order, 1, {
      lines: [
        line({ id: 'L1', sku: 'GHOST-1', orderLineId: null }),
        line({ id: 'L2', sku: sold.sku, orderLineId: sold.lineId, quantity: quantity(5) }),
        line({ id: 'L3', sku: 'RUN-40-BLU', orderLineId: sold.lineId }),
      ],
    });
    const node = validatorOver(rig, { checks: [...CHECKS] });
    const { passed, held } = sentOf((await node.take(messageOf(of))).sent);
    assert.equal(passed.length, 0);
    const exception = exceptionOf(held[0]);
    assert.equal(exception.code, 'customer-unknown');
    assert.deepEqual(
      exception.lines.map(({ lineId, code }) => `${lineId ?? 'order'} ${code}`),
      [
        'order customer-unknown',
        'L1 sku-unknown',
        'L3 substitution',
        'L1 line-not-on-order',
        'L2 quantity-over-order',
      ],
    );
    for (const one of exception.lines) assert.ok(one.expected && one.received, JSON.stringify(one));
    const ghost = exception.lines.find(({ code }) => code === 'substitution');
    assert.deepEqual([ghost?.expected, ghost?.received], [sold.sku, 'RUN-40-BLU']);
    assert.match(exception.detail, /More comes back than was sold/);
    const writes = rig.simulator.observer.recent().filter(({ path }) => /ReturnOrder/.test(path));
    assert.deepEqual(writes, []);
    await node.end();
  });

  it('R130: a blind return is held, and no order is asked for', async () => {
    const rig = await d365Rig();
    const node = validatorOver(rig, { checks: ['blind', 'order'] });
    const [order] = rig.world.orders;
    assert.ok(order);
    const blind = returnOf(order, 1, { order: { number: null, id: order.id } });
    const { held } = sentOf((await node.take(messageOf(blind))).sent);
    assert.equal(exceptionOf(held[0]).code, 'blind-return');
    assert.equal(rig.simulator.observer.calls(), 0);
  });

  it('an order that is not invoiced is waited for by a durable delivery, and told at once without one', async () => {
    const rig = await d365Rig();
    const order = addOrder(rig.world, { state: 'not-invoiced' });
    const node = validatorOver(rig, { checks: ['state'] });
    const { held } = sentOf((await node.take(messageOf(returnOf(order)))).sent);
    const { code, class: failure } = exceptionOf(held[0]);
    assert.deepEqual([code, failure], ['order-not-invoiced', 'state-blocked']);
  });

  it('an ERP that offers no orders to checks is told as a setting to change', async () => {
    const rig = await d365Rig();
    const { connector } = rig;
    const without: ErpConnector = {
      system: connector.system,
      label: connector.label,
      connectionId: connector.connectionId,
      waitLimits: {},
      findItems: (skus) => connector.findItems(skus),
      findCandidates: () => Promise.resolve([]),
      findPostings: () => Promise.resolve([]),
    };
    const node = validatorOver({ connector: without, store: rig.store }, { checks: ['order'] });
    const [order] = rig.world.orders;
    assert.ok(order);
    const { held } = sentOf((await node.take(messageOf(returnOf(order)))).sent);
    assert.equal(exceptionOf(held[0]).code, 'node-misconfigured');
  });
});

describe('R17: what a person has booked by hand', () => {
  it('is not held against the return itself when a later event of it comes', async () => {
    const rig = await d365Rig();
    const order = addOrder(rig.world, { sku: 'RUN-38-BLU' });
    // By hand: a return order that does not carry our reference.
    const other = returnOf(order, 1, { returnId: 'by-hand' });
    const policy = { warehouse: 'RETQC', reasons: new Map<string, string>(), orderPattern: null };
    await rig.connector.createReturnOrder(other, policy, rig.store);
    const of = returnOf(order, 1);
    const node = validatorOver(rig, { checks: ['order', 'quantity'] });
    const { held } = sentOf((await node.take(messageOf(of))).sent);
    const exception = exceptionOf(held[0]);
    assert.equal(exception.code, 'quantity-over-order');
    const parked = { returnKey: returnKey(of), router: 'router', exception, message: '{}' };
    const { id } = await rig.store.parkException(parked, of.receivedAt);
    const at = new Date().toISOString();
    await rig.store.settleException(id, 'outside', 'return order 4711', { who: 'finance', at });
    const later = messageOf({ ...of, topic: 'return.accepted' });
    assert.deepEqual(sentOf((await node.take(later)).sent).passed, [later]);
  });
});

describe('R43: products that differ from the item master', () => {
  it('travel with the message as warnings and are counted; writing does not count', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const rig = await brightpearlRig();
    const order = orderWhere(rig.world, ({ lines }) => lines.length === 1);
    const item = rig.world.items.find(({ sku }) => sku === order.lines[0]?.sku);
    assert.ok(item);
    const node = validatorOver(rig, { checks: ['item', 'product'] });
    const told = (description: string, upc: string): ReturnType<typeof returnOf> =>
      returnOf(order, 1, { lines: [line({ id: 'L1', sku: item.sku, description, upc })] });
    const same = messageOf(told(` ${item.name.toUpperCase().replace(/ /g, '-')}`, `0${item.upc}`));
    assert.equal(sentOf((await node.take(same)).sent).passed.length, 1);
    assert.equal(same['warnings'], undefined);
    const message = messageOf(told('Something else', '4001234567890'));
    message['warnings'] = ['of another node'];
    assert.equal(sentOf((await node.take(message)).sent).passed.length, 1);
    assert.deepEqual(message['warnings'], [
      'of another node',
      {
        code: 'product-differs',
        lineId: 'L1',
        sku: item.sku,
        field: 'description',
        expected: item.name,
        received: 'Something else',
      },
      {
        code: 'product-differs',
        lineId: 'L1',
        sku: item.sku,
        field: 'barcode',
        expected: item.upc,
        received: '4001234567890',
      },
    ]);
    // The status changes once a second at most.
    t.mock.timers.tick(1000);
    assert.equal(node.statuses.at(-1)?.text, '2 ok · 1 differ');
    await node.end();
  });
});
