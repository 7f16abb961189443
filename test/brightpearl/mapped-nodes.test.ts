import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import { exchangeRig } from '../support/brightpearl-exchange';
import { goodsRig, moved, unitsOf } from '../support/brightpearl-goods';
import { creditNode } from '../support/brightpearl-node';
import { exceptionOf, messageOf, nodeOf, sentOf } from '../support/brightpearl-nodes';
import { orderWhere, returnOf } from '../support/brightpearl-rig';
import { dispositionRow, mappingsWith, skuRow } from '../support/posting-mappings';

const BY_DISPOSITION = { putAway: 'disposition' } as const;

describe('Brightpearl Goods In with Return Mappings', () => {
  const accepted = (of: ReturnEvent): ReturnEvent => ({ ...of, topic: 'return.accepted' });

  it('R61, R66: their dispositions decide where its own table is empty, and are what holds now', async () => {
    const rig = await goodsRig(({ lines }) => lines[0]?.quantity === 3);
    await rig.creditFor();
    let mappings = mappingsWith({ disposition: [dispositionRow('resellable', 'sellable')] });
    const node = nodeOf(rig, 'brightpearl-goods-in', BY_DISPOSITION, () => mappings);
    const of = accepted(unitsOf(rig.order, [0, 1, 2], {}, 'damaged'));
    const { held } = sentOf((await node.take(messageOf(of))).sent);
    assert.deepEqual(
      [exceptionOf(held[0]).code, exceptionOf(held[0]).lines[0]?.received],
      ['disposition-unmapped', 'damaged'],
    );
    assert.deepEqual(moved(rig), [0, 0]);
    mappings = mappingsWith({ disposition: [dispositionRow('damaged', 'quarantine')] });
    const message = messageOf(of);
    assert.equal(sentOf((await node.take(message)).sent).passed.length, 1);
    assert.deepEqual(moved(rig), [0, 3]);
    const [note] = message['documents'] as PostedDocument[];
    assert.equal(note?.references['mappings'], mappings.version);
    await node.end();
  });

  it('R72: a row for another warehouse is the warehouse’s to look at', async () => {
    const rig = await goodsRig(({ lines }) => lines[0]?.quantity === 3);
    await rig.creditFor();
    const mappings = mappingsWith({
      disposition: [dispositionRow('resellable', 'sellable', { warehouse: '3' })],
    });
    const node = nodeOf(rig, 'brightpearl-goods-in', BY_DISPOSITION, () => mappings);
    const { held } = sentOf(
      (await node.take(messageOf(accepted(unitsOf(rig.order, [0, 1, 2], {}, 'resellable'))))).sent,
    );
    const exception = exceptionOf(held[0]);
    assert.deepEqual([exception.code, exception.owner], ['warehouse-mismatch', 'warehouse']);
    assert.match(exception.summary, /row “resellable \/ \*” names warehouse 3, they are booked into 2/);
    await node.end();
  });

  it('mappings that are gone hold the return', async () => {
    const rig = await goodsRig();
    const node = nodeOf(rig, 'brightpearl-goods-in', { mappings: 'gone' });
    const of = returnOf(rig.order, undefined, { topic: 'return.received' });
    const { held } = sentOf((await node.take(messageOf(of))).sent);
    assert.equal(exceptionOf(held[0]).code, 'node-misconfigured');
    assert.equal(rig.connector.calls, 0);
  });
});

describe('Brightpearl Exchange Order with Return Mappings', () => {
  it('R36: sends the item that the row names', async () => {
    const rig = await exchangeRig();
    const mappings = mappingsWith({ sku: [skuRow('new-1', rig.other.sku)] });
    const node = nodeOf(rig, 'brightpearl-exchange-order', {}, () => mappings);
    const of = rig.event(null, { sku: 'new-1' });
    await rig.creditFor(of);
    const message = messageOf(of);
    assert.equal(sentOf((await node.take(message)).sent).passed.length, 1);
    assert.equal(rig.simulator.observer.exchangeOrders()[0]?.rows[0]?.sku, rig.other.sku);
    await node.end();
  });
});

describe('Brightpearl Sales Credit with Return Mappings', () => {
  it('the invoice and the refund that follow name the version of the credit', async () => {
    const mappings = mappingsWith({ sku: [skuRow('a', 'b')] });
    const config = {
      invoice: 'at-once',
      refund: true,
      methods: [
        { paid: 'WEB_PAY', refund: 'WEB_PAY' },
        { paid: 'CARD', refund: 'CARD' },
      ],
    };
    const rig = await creditNode(config, {}, () => mappings);
    const came = await rig.take(returnOf(orderWhere(rig.world, () => true)));
    assert.deepEqual(came.exception, null);
    assert.ok(came.documents.length >= 3);
    for (const { kind, references } of came.documents) {
      assert.equal(references['mappings'], mappings.version, kind);
    }
    await rig.end();
  });
});
