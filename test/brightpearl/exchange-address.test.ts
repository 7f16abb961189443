import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deliveryOf, withoutAddress } from '../../nodes/brightpearl/exchange-address';
import type { ReturnEvent } from '../../nodes/returns/event';
import type { PersonData } from '../../nodes/store/store';
import { failureOf } from '../support/brightpearl-rig';
import { EXCHANGE, exchangeRig, made, refusedWith, type ExchangeRig } from '../support/brightpearl-exchange';
import { intake, NOW } from '../support/events';

const MOVED: PersonData = {
  'items.email': 'ada@shopper.example',
  'shippingAddress.address1': '12 Lime Street',
  'shippingAddress.address2': 'Flat 3',
  'shippingAddress.city': 'Sheffield',
  'shippingAddress.zip': 'S1 4RT',
  'billingAddress.address1': '1 Bank Road',
  'billingAddress.zip': 'EC1A 1AA',
};

/** The store knows the person of the return. */
async function withPerson(rig: ExchangeRig, data: PersonData): Promise<ReturnEvent> {
  const event = { ...rig.event(), customerToken: 'p_1' };
  await rig.store.accept({ ...intake([]), people: [{ token: 'p_1', data, seenAt: NOW }] });
  const known = await rig.store.person('p_1');
  assert.deepEqual(known, data);
  return event;
}

async function deliveredTo(rig: ExchangeRig): Promise<Record<string, string>> {
  const [order] = rig.simulator.observer.exchangeOrders();
  const made = await rig.connector.reader.order(order?.id ?? 0);
  assert.ok(made);
  return made.delivery.address;
}

describe('R127: the address of the replacement', () => {
  it('is the one of the return, where the platform told one', async () => {
    const rig = await exchangeRig();
    const event = await withPerson(rig, MOVED);
    await rig.creditFor(event);
    const document = made(await rig.exchange(event));
    const { addressLine1, addressLine2, addressLine3, postalCode, addressFullName } = await deliveredTo(rig);
    assert.deepEqual(
      [addressLine1, addressLine2, addressLine3, postalCode],
      ['12 Lime Street', 'Flat 3', 'Sheffield', 'S1 4RT'],
    );
    assert.ok(addressFullName, 'the name stays that of the original order');
    assert.equal(document.references['address'], 'return');
  });

  it('is the one of the original order where the return tells none, or only part of one', async () => {
    for (const data of [
      null,
      { 'items.email': 'ada@shopper.example' },
      { 'shippingAddress.city': 'Sheffield' },
    ]) {
      const rig = await exchangeRig();
      const event = data === null ? rig.event() : await withPerson(rig, data);
      await rig.creditFor(event);
      const document = made(await rig.exchange(event));
      const original = await rig.connector.reader.order(rig.simulator.orderId(rig.order.number) ?? 0);
      assert.deepEqual(await deliveredTo(rig), original?.delivery.address);
      assert.equal(document.references['address'], 'order');
    }
  });

  it('reads what platforms call its parts; never the one of a bill, nor a country that is no code', () => {
    const original = {
      addressLine1: '1 Old Way',
      postalCode: 'X1',
      countryIsoCode: 'GB',
      addressFullName: 'A B',
    };
    for (const [person, expected] of [
      [
        {
          'customer.address.street': '7 New Way',
          'customer.address.postal_code': 'Y1',
          'customer.address.countryCode': 'ie',
        },
        { addressLine1: '7 New Way', postalCode: 'Y1', countryIsoCode: 'IE', addressFullName: 'A B' },
      ],
      [
        {
          shipping_address_1: '7 New Way',
          shipping_zip_code: 'Y1',
          shipping_city: 'Cork',
          shipping_name: 'C D',
        },
        {
          addressLine1: '7 New Way',
          postalCode: 'Y1',
          addressLine3: 'Cork',
          countryIsoCode: 'GB',
          addressFullName: 'C D',
        },
      ],
      [{ 'billing.address1': '1 Bank Road', 'billing.zip': 'EC1A 1AA' }, original],
    ] as const) {
      assert.deepEqual(deliveryOf(person as PersonData, original).address, expected);
    }
  });
});

describe('no personal data leaves for anywhere but Brightpearl', () => {
  it('not in the document, and not in what the store keeps of it', async () => {
    const rig = await exchangeRig();
    const event = await withPerson(rig, MOVED);
    await rig.creditFor(event);
    const outcome = await rig.exchange(event);
    const address = await deliveredTo(rig);
    const stored = await rig.store.documentsOf(
      ['happy-returns', 'acme-shoes', event.returnId, event.order.number].join('/'),
    );
    assert.equal(stored.length, 2);
    const texts = JSON.stringify([outcome, stored, await rig.store.listExceptions({ limit: 10 })]);
    for (const value of [...Object.values(MOVED), ...Object.values(address)])
      assert.ok(!texts.includes(value), value);
  });

  it('not in an exception or an error, even where Brightpearl repeats it in its refusal', async () => {
    const message = 'Nothing can be delivered to 12 Lime Street, Flat 3, S1 4RT';
    for (const [status, code] of [
      [400, 'data-invalid'],
      [409, 'state-blocked'],
    ] as const) {
      const words = status === 400 ? message : `${message}: the order is locked`;
      const rig = await exchangeRig(undefined, { refusals: { orderLocked: { status, message: words } } });
      const event = await withPerson(rig, MOVED);
      await rig.creditFor(event);
      rig.simulator.lockOrder(rig.simulator.orderId(rig.order.number) ?? 0, 'hidden');
      const said =
        code === 'data-invalid'
          ? JSON.stringify(refusedWith(await rig.exchange(event, EXCHANGE)))
          : (await failureOf(rig.exchange(event))).message;
      assert.match(said, /Nothing can be delivered to •••, •••, •••/);
    }
  });

  it('whatever the order of its parts', () => {
    const address = { addressLine1: '12 Lime Street', addressLine3: 'Lime', postalCode: 'AB' };
    assert.equal(withoutAddress('12 Lime Street, Lime, AB', address), '•••, •••, AB');
  });
});
