import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import registerExchange from '../../nodes/d365/d365-exchange-order';
import { ITEM_CACHE } from '../../nodes/returns/erp-connector';
import type { PostedDocument } from '../../nodes/returns/event';
import { defineNode } from '../../nodes/runtime/define-node';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import type { ErpConnection } from '../../nodes/runtime/erp-connection';
import { LONGEST_STATUS } from '../../nodes/runtime/status';
import { exceptionOf, messageOf, sentOf } from '../support/brightpearl-nodes';
import { exchangeRig, type ExchangeRig } from '../support/d365-exchange';
import { dialogDefaults } from '../support/dialog-defaults';
import { fakeNodeRed, type FakeNode } from '../support/fake-node-red';

function nodeOver(rig: ExchangeRig, config: Record<string, unknown> = {}): FakeNode {
  const { RED, make } = fakeNodeRed();
  registerExchange(RED);
  defineNode(RED, {
    type: 'd365-connection',
    config: z.object({}),
    start: (): ErpConnection => ({
      connector: () => Promise.resolve(rig.connector),
      store: () => Promise.resolve(rig.store),
    }),
  });
  return make('d365-exchange-order', { ...config, connection: make('d365-connection', {}).id });
}

describe('D365 Exchange Order', () => {
  it('passes on the message that came with its documents, once made and then found', async () => {
    const rig = await exchangeRig();
    const node = nodeOver(rig, dialogDefaults('d365/d365-exchange-order.html'));
    const of = rig.event();
    const message: NodeMessage = { ...messageOf(of, [await rig.returnOrder(of)]), own: 1 };
    for (let times = 0; times < 2; times += 1) {
      const { passed, held } = sentOf((await node.take(message)).sent);
      assert.deepEqual([passed, held], [[message], []]);
      const kinds = (message['documents'] as PostedDocument[]).map(({ kind }) => kind);
      assert.deepEqual(kinds, ['return-order', 'exchange-order']);
    }
    assert.equal(message['own'], 1);
    for (const { text = '' } of node.statuses) assert.ok(text.length <= LONGEST_STATUS, text);
    await node.end();
  });

  it('passes on what asks for no replacement, or not yet, without a call', async () => {
    const rig = await exchangeRig();
    const node = nodeOver(rig);
    const of = rig.event();
    const refund = { ...of, lines: of.lines.slice(0, 1).map((one) => ({ ...one, outcome: 'refund' })) };
    for (const event of [{ ...of, topic: 'return.received' as const }, refund]) {
      const message = messageOf(event);
      assert.deepEqual((await node.take(message)).sent, [[message, null]]);
    }
    assert.equal(rig.connector.calls, 0);
    await node.end();
  });

  it('a stopped item goes to output 2, and what was read of it is forgotten (R44)', async () => {
    const rig = await exchangeRig();
    const of = rig.event(null, { sku: 'STOP-42-RED' });
    await rig.returnOrder(of);
    const forgotten: unknown[] = [];
    const forget = rig.store.forgetMasterData.bind(rig.store);
    Object.assign(rig.store, {
      forgetMasterData: (...asked: Parameters<typeof forget>) => {
        forgotten.push(asked);
        return forget(...asked);
      },
    });
    const node = nodeOver(rig);
    const { held } = sentOf((await node.take(messageOf(of))).sent);
    const exception = exceptionOf(held[0]);
    assert.deepEqual([exception.code, exception.raisedBy], ['sku-blocked', 'd365-exchange-order']);
    assert.deepEqual(
      (forgotten as [string, string, string[]][]).map(([, kind, skus]) => [
        kind,
        skus.includes('STOP-42-RED'),
      ]),
      [[ITEM_CACHE, true]],
    );
    await node.end();
  });

  it('without its return order and nothing that waits for it, it says what is missing', async () => {
    const rig = await exchangeRig();
    const node = nodeOver(rig);
    const { held } = sentOf((await node.take(messageOf(rig.event()))).sent);
    const exception = exceptionOf(held[0]);
    assert.deepEqual([exception.code, exception.owner], ['exchange-too-early', 'customer service']);
    assert.match(exception.summary, /waits for the return order/);
    await node.end();
  });

  it('a dialog that is filled in wrongly is told, with the field', () => {
    return exchangeRig().then((rig) => {
      const twice = [
        { part: 'street', field: 'A' },
        { part: 'street', field: 'B' },
      ];
      for (const wrong of [
        { addressFields: twice },
        { customFields: [{ entity: 'header', field: 'F', from: 'path', value: 'customerToken' }] },
      ]) {
        const node = nodeOver(rig, wrong);
        assert.match(
          JSON.stringify([node.statuses, node.errors]),
          /addressFields|customFields|setting|config/i,
        );
      }
    });
  });
});
