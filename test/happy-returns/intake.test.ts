import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { prepareIntake, type IntakeSettings, type PreparedIntake } from '../../nodes/happy-returns/intake';
import { foldUnits, parseOrderLineUnit } from '../../nodes/happy-returns/units';
import { createVocabulary, topicOf } from '../../nodes/happy-returns/vocabulary';
import { EMPTY_ITEM } from '../../nodes/happy-returns/wire';
import { returnEventSchema } from '../../nodes/returns/event';

const NOW = '2026-02-20T10:00:00.000Z';

function settings(change: Partial<IntakeSettings> = {}): IntakeSettings {
  return {
    source: 'node-1',
    vocabulary: createVocabulary(),
    retailers: new Set(['acme-shoes']),
    personToken: (identity) => `p_${identity.length}`,
    knownOrders: () => Promise.resolve([]),
    ...change,
  };
}

function take(body: unknown, change: Partial<IntakeSettings> = {}): Promise<PreparedIntake> {
  return prepareIntake(Buffer.from(JSON.stringify(body)), true, NOW, settings(change));
}

/** Sample 1 of `reference/returns-platforms.md` 4.5. */
const SAMPLE = {
  event: 'return_status_updated',
  typeID: 'approved',
  retailerID: 'acme-shoes',
  otherEvents: [
    { event: 'return_status_updated', typeID: 'dropped_off' },
    { event: 'return_dropoff_method_created', typeID: 'return-bar' },
  ],
  items: [
    {
      happyReturnsReturnID: '7b0c3a52-9a1e-4a44-8f0e-0d5d7a2f1c01',
      happyReturnsItemID: 'hri-100001',
      happyReturnsExpressCode: 'HRQ7K2MD',
      purchasedAt: '2026-02-03T09:14:22-08:00',
      email: 'shopper.one@example.com',
      orderNumber: 'AC-50211',
      externalRMAID: 'RO-000731',
      orderID: '8800000050211',
      orderLineItemID: '99000111-0-2',
      sku: 'RUN-42-BLU',
      upc: '0400000000017',
      productVariantID: '77000001',
      productName: 'Runner 42 blue',
      dropoffMethod: 'return-bar',
      returnReason: 'Too small',
      returnReasonID: 'too-small',
      refundType: 'original-payment',
      oneClickExchange: false,
    },
    {
      happyReturnsReturnID: '7b0c3a52-9a1e-4a44-8f0e-0d5d7a2f1c01',
      happyReturnsItemID: 'hri-100002',
      happyReturnsExpressCode: 'HRQ7K2MD',
      purchasedAt: '2026-02-03T09:14:22-08:00',
      email: 'shopper.one@example.com',
      orderNumber: 'AC-50211',
      orderID: '8800000050211',
      orderLineItemID: '99000111-1-2',
      sku: 'RUN-42-BLU',
      upc: null,
      productVariantID: '77000001',
      productName: 'Runner 42 blue',
      dropoffMethod: 'return-bar',
      returnReason: 'Changed my mind',
      returnReasonID: 'changed-mind',
      refundType: 'exchange',
      oneClickExchange: true,
    },
  ],
};

describe('hostile texts', () => {
  it('half a character becomes the replacement character, wherever it stands', async () => {
    const raw = JSON.stringify(SAMPLE)
      .replace('RUN-42-BLU', 'RUN\\ud800-42')
      .replace('HRQ7K2MD', 'HR\\udc00');
    const { intake } = await prepareIntake(Buffer.from(raw), true, NOW, settings());
    const text = JSON.stringify(intake.events);
    assert.ok(text.includes('RUN\ufffd-42') && text.includes('HR\ufffd'));
    assert.ok(!/\\ud[89a-f]/i.test(text));
  });
});

describe('R1: return.asn becomes canonical events', () => {
  it('emits the merged events oldest first, and the primary last', async () => {
    const { intake, problem } = await take(SAMPLE);
    assert.equal(problem, null);
    assert.deepEqual(
      intake.events.map(({ event }) => [event.topic, event.platformStatus]),
      [
        ['return.updated', 'return-bar'],
        ['return.dropped_off', 'dropped_off'],
        ['return.updated', 'approved'],
      ],
    );
    for (const { event } of intake.events) assert.deepEqual(returnEventSchema.parse(event), event);
  });

  it('keeps two units of one order line apart where their reasons differ', async () => {
    const { intake } = await take(SAMPLE);
    const lines = intake.events[0]?.event.lines ?? [];
    assert.deepEqual(
      lines.map((line) => [line.id, line.quantity.value, line.reason.code, line.outcome]),
      [
        ['99000111.0', 1, 'too-small', 'original-payment'],
        ['99000111.1', 1, 'changed-mind', 'exchange'],
      ],
    );
  });

  it('brings times to UTC, and says that no event time was told', async () => {
    const event = (await take(SAMPLE)).intake.events[0]?.event;
    assert.ok(event);
    assert.equal(event.purchasedAt, '2026-02-03T17:14:22.000Z');
    assert.deepEqual([event.timeBasis, event.occurredAt], ['receipt', NOW]);
  });

  it('approved is the platform’s word and no acceptance, unless the account says so', async () => {
    const vocabulary = createVocabulary([{ word: 'Approved', topic: 'return.accepted' }]);
    const { intake } = await take(SAMPLE, { vocabulary });
    assert.equal(intake.events.at(-1)?.event.topic, 'return.accepted');
  });
});

describe('event identity', () => {
  it('is the same for a repeat, alone or merged, whatever the order of keys and items', async () => {
    const ids = async (body: unknown): Promise<string[]> =>
      (await take(body)).intake.events.map(({ event }) => event.id);
    const merged = await ids(SAMPLE);
    const alone = await ids({ ...SAMPLE, typeID: 'dropped_off', otherEvents: [] });
    const { items, ...head } = SAMPLE;
    const turned = await ids({ items: [...items].reverse(), ...head });
    assert.equal(alone[0], merged[1]);
    assert.deepEqual(turned, merged);
  });

  it('differs by order number: two POSTs for one event are not duplicates', async () => {
    const other = { ...SAMPLE, items: SAMPLE.items.map((item) => ({ ...item, orderNumber: 'AC-50212' })) };
    const [a, b] = [await take(SAMPLE), await take(other)];
    assert.notEqual(a.intake.events[0]?.event.id, b.intake.events[0]?.event.id);
    assert.notEqual(a.intake.events[0]?.returnKey, b.intake.events[0]?.returnKey);
  });

  it('R21: a second partial drop-off of the same return is not taken for a repeat', async () => {
    const first = {
      ...SAMPLE,
      items: SAMPLE.items.map((item, at) => ({ ...item, itemStatus: at === 0 ? 'dropped' : 'open' })),
    };
    const second = { ...SAMPLE, items: SAMPLE.items.map((item) => ({ ...item, itemStatus: 'dropped' })) };
    const [a, b] = [await take(first), await take(second)];
    assert.notEqual(a.intake.events[1]?.event.id, b.intake.events[1]?.event.id);
  });
});

describe('the other webhooks', () => {
  it('return.label.update concerns every known order of the return', async () => {
    const body = {
      event: 'return_label_update',
      typeID: '',
      retailerID: 'acme-shoes',
      webhookType: 'return.label.update',
      labelID: 'HR2KQWZTRMPB',
      happyReturnsReturnID: '7b0c3a52-9a1e-4a44-8f0e-0d5d7a2f1c01',
      happyReturnsExpressCode: 'HRQ7K2MD',
    };
    const { intake, problem } = await take(body, { knownOrders: () => Promise.resolve(['AC-1', 'AC-2']) });
    assert.equal(problem, null);
    assert.deepEqual(
      intake.events.map(({ event }) => [
        event.topic,
        event.order.number,
        event.shipment?.bagBarcodes,
        event.lines.length,
      ]),
      [
        ['return.updated', 'AC-1', ['HR2KQWZTRMPB'], 0],
        ['return.updated', 'AC-2', ['HR2KQWZTRMPB'], 0],
      ],
    );
  });

  it('outbound_shipment.asn, as an object and as a bare array, gives one event for each return and order', async () => {
    const item = {
      orderNumber: 'AC-50211',
      orderLineItemID: '99000111-0-2',
      sku: 'RUN-42-BLU',
      happyReturnsExpressCode: 'HRQ7K2MD',
      happyReturnsItemID: 'hri-100001',
      happyReturnsRetailerID: 'acme-shoes',
      shippingBoxBarcode: 'SB-00990012',
      palletNumber: 'PLT-12',
      tracking: '1Z00000000000000042',
      oneClickExchange: 'false',
    };
    const other = {
      ...item,
      happyReturnsExpressCode: 'HROTHER1',
      orderNumber: 'AC-50300',
      happyReturnsItemID: 'hri-2',
    };
    for (const body of [{ items: [item, other] }, [item, other]]) {
      const { intake } = await take(body);
      assert.deepEqual(
        intake.events.map(({ event }) => [
          event.topic,
          event.returnId,
          event.order.number,
          event.shipment?.boxBarcode,
        ]),
        [
          ['return.in_transit', 'HRQ7K2MD', 'AC-50211', 'SB-00990012'],
          ['return.in_transit', 'HROTHER1', 'AC-50300', 'SB-00990012'],
        ],
      );
    }
  });

  it('asn and shipment of one return have one key', async () => {
    const shipment = {
      items: [
        {
          orderNumber: 'AC-50211',
          happyReturnsExpressCode: 'HRQ7K2MD',
          happyReturnsRetailerID: 'acme-shoes',
        },
      ],
    };
    const [a, b] = [await take(SAMPLE), await take(shipment)];
    assert.equal(a.intake.events[0]?.returnKey, b.intake.events[0]?.returnKey);
  });
});

describe('R11: the vendor’s words and the consultants’ words', () => {
  const vocabulary = createVocabulary();
  for (const [event, typeId, topic] of [
    ['return_status_updated', 'started', 'return.started'],
    ['return_status_updated', 'dropped_off', 'return.dropped_off'],
    ['return_status_updated', 'Dropped Off', 'return.dropped_off'],
    ['return_status_updated', 'expired', 'return.cancelled'],
    ['return_dropoff_method_created', 'mail', 'return.updated'],
    ['item_received', null, 'return.received'],
    ['Drop-off', null, 'return.dropped_off'],
    ['Item Arrived', null, 'return.received'],
    ['Return Received', null, 'return.received'],
    ['return_status_updated', 'teleported', null],
    ['something_else', 'started', null],
  ] as const) {
    it(`${event} / ${typeId ?? '–'} → ${topic ?? 'unknown'}`, () =>
      assert.equal(topicOf(vocabulary, event, typeId), topic));
  }
});

describe('R10, R8: what is not known is kept and flagged, and blocks nothing', () => {
  it('an unknown status goes out with an exception, its siblings without', async () => {
    const { intake } = await take({ ...SAMPLE, typeID: 'teleported' });
    assert.deepEqual(
      intake.events.map(({ exception }) => exception?.code ?? null),
      [null, null, 'event-unknown'],
    );
  });

  it('an unknown retailer goes out with an exception', async () => {
    const { intake } = await take({ ...SAMPLE, retailerID: 'somebody-else' });
    assert.ok(intake.events.every(({ exception }) => exception?.code === 'brand-unknown'));
  });

  it('an unknown kind of body is parked as an unknown event', async () => {
    const { intake, problem } = await take({
      event: 'loyalty_points_changed',
      retailerID: 'acme-shoes',
      points: 3,
    });
    assert.equal(intake.events.length, 0);
    assert.equal(problem?.code, 'event-unknown');
    assert.match(intake.receipt.body ?? '', /loyalty_points_changed/);
  });

  it('one malformed item does not block the others', async () => {
    const { intake, problem } = await take({
      ...SAMPLE,
      items: [...SAMPLE.items, 7, { orderNumber: 'AC-1' }],
    });
    assert.equal(intake.events.length, 3);
    assert.ok(problem);
    assert.equal(problem.code, 'event-invalid');
    assert.match(problem.detail, /items\[2\].*items\[3\]/);
  });

  it('names unknown fields in flags and keeps their values in the receipt only', async () => {
    const items = SAMPLE.items.map((item) => ({ ...item, loyaltyTier: 'gold' }));
    const { intake } = await take({ ...SAMPLE, items });
    const event = intake.events[0]?.event;
    assert.deepEqual(event?.flags, [{ code: 'unknown-field', field: 'items[].loyaltyTier' }]);
    assert.ok(!JSON.stringify(event).includes('gold'));
    assert.match(intake.receipt.body ?? '', /gold/);
  });

  it('bytes that are no JSON are kept as they came', async () => {
    for (const raw of ['', '{', '[1,', '\u0000', '{"a":'.repeat(50), '"text"', 'null', '7']) {
      const { intake, problem } = await prepareIntake(Buffer.from(raw), true, NOW, settings());
      assert.equal(problem?.code, 'event-invalid', raw);
      assert.equal(intake.events.length, 0);
      assert.ok(intake.receipt.unreadable !== null || intake.receipt.body !== null);
    }
  });
});

describe('R223: personal data stays out of events and receipts', () => {
  it('is found under known keys and by its form', async () => {
    const items = SAMPLE.items.map((item) => ({
      ...item,
      customerName: 'Canary Person',
      shippingAddress: { street: '1 Canary Row', postcode: 'CA1 1AA', city: 'Canarytown', countryCode: 'GB' },
      note: 'write to canary@example.com please',
      phoneNumber: '0123 456789',
    }));
    const { intake } = await take({ ...SAMPLE, items });
    const visible = JSON.stringify([intake.events, intake.receipt.body]);
    assert.doesNotMatch(visible, /canary|shopper\.one|0123 456789|CA1 1AA/i);
    assert.match(JSON.stringify(intake.people), /Canary Person/);
    assert.ok(intake.events.every(({ event }) => event.customerToken !== null));
  });

  it('leaves product names and places of business alone', async () => {
    const { intake } = await take(SAMPLE);
    assert.equal(intake.events[0]?.event.lines[0]?.description, 'Runner 42 blue');
  });
});

describe('units become lines', () => {
  it('splits an order line id from the right, and leaves other hyphens alone', () => {
    assert.deepEqual(parseOrderLineUnit('99000111-0-2'), { base: '99000111', offset: 0, total: 2 });
    assert.deepEqual(parseOrderLineUnit('a-b-c-1-3'), { base: 'a-b-c', offset: 1, total: 3 });
    assert.deepEqual(parseOrderLineUnit('99000111'), { base: '99000111', offset: 0, total: 1 });
    assert.deepEqual(parseOrderLineUnit('line-3-2'), { base: 'line-3-2', offset: 0, total: 1 });
    assert.deepEqual(parseOrderLineUnit('line-2-2'), { base: 'line-2-2', offset: 0, total: 1 });
  });

  it('counts every unit once, in any order, with ids that do not depend on it', () => {
    const unit = fc.record({
      base: fc.constantFrom('L1', 'L-2', 'L3'),
      offset: fc.integer({ min: 0, max: 4 }),
      reason: fc.constantFrom('too-small', 'damaged', null),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(unit, { selector: (one) => `${one.base}/${one.offset}`, maxLength: 15 }),
        fc.integer(),
        (units, seed) => {
          const items = units.map((one) => ({
            ...EMPTY_ITEM,
            happyReturnsItemID: `i-${one.base}-${one.offset}`,
            orderLineItemID: `${one.base}-${one.offset}-5`,
            sku: `S-${one.base}`,
            returnReasonID: one.reason,
          }));
          const shuffled = [...items, ...items].sort(
            (a, b) => hash(a.happyReturnsItemID, seed) - hash(b.happyReturnsItemID, seed),
          );
          const lines = foldUnits(shuffled);
          assert.equal(
            lines.reduce((sum, line) => sum + line.quantity.value, 0),
            units.length,
          );
          assert.equal(new Set(lines.map((line) => line.id)).size, lines.length);
          assert.deepEqual(lines, foldUnits(items));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function hash(text: string | null, seed: number): number {
  let value = seed | 0;
  for (const char of text ?? '') value = (Math.imul(value, 31) + char.charCodeAt(0)) | 0;
  return value;
}

describe('T21: 10,000 mutated bodies', () => {
  it('never throw, and are always stored', async () => {
    const text = JSON.stringify(SAMPLE);
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed % below;
    };
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      'null',
      '-1',
      '1e999',
      '"__proto__"',
      '\\u0000',
      'é',
      '[[[[[[',
      '{}',
      'true',
      '',
    ];
    for (let round = 0; round < 10_000; round += 1) {
      let body = text;
      for (let change = 0; change <= random(4); change += 1) {
        const at = random(body.length);
        const piece = pieces[random(pieces.length)] ?? '';
        body = body.slice(0, at) + piece + body.slice(at + random(40));
      }
      const raw = random(20) === 0 ? Buffer.from(body, 'latin1') : Buffer.from(body);
      const { intake, problem } = await prepareIntake(raw, true, NOW, settings());
      assert.ok(intake.events.length > 0 || problem !== null, `neither event nor problem: ${body}`);
      assert.ok(intake.receipt.body !== null || intake.receipt.unreadable !== null);
      for (const { event } of intake.events) returnEventSchema.parse(event);
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});
