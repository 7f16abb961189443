import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import registerConnection from '../../nodes/d365/d365-connection';
import registerCreate from '../../nodes/d365/d365-create-return-order';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import { defineNode, type NodeBehaviour } from '../../nodes/runtime/define-node';
import { RETURNS_STORE } from '../../nodes/runtime/returns-store';
import { offerSandbox, withdrawSandbox } from '../../nodes/runtime/sandbox-link';
import { createBusinessCentralSimulator } from '../../nodes/sandbox/business-central/business-central-simulator';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import { createWorld } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { BC_ACCOUNT, returnOf } from '../support/bc-bench';
import { exceptionOf, messageOf, sentOf } from '../support/brightpearl-nodes';
import { fakeNodeRed } from '../support/fake-node-red';

describe('the D365 connection with the product Business Central', () => {
  it('connects the same nodes to the sandbox’s Business Central, over HTTP', async () => {
    const world = createWorld({ seed: 3, orders: 10 });
    const simulator = createBusinessCentralSimulator({ world, ...BC_ACCOUNT });
    const server = await startSandboxServer([simulator]);
    const account = { ...BC_ACCOUNT, company: world.company, environment: 'production' };
    offerSandbox('sandbox', 'businessCentral', { baseUrl: server.baseUrl(simulator.name), account });
    const store = await openMemoryStore();
    const { RED, make } = fakeNodeRed();
    RED.httpAdmin.post = () => undefined;
    defineNode(RED, {
      type: RETURNS_STORE,
      config: z.object({}),
      start: (): NodeBehaviour => {
        const opened: NodeBehaviour & { open: () => Promise<typeof store> } = {
          open: () => Promise.resolve(store),
        };
        return opened;
      },
    });
    registerConnection(RED);
    registerCreate(RED);
    const connection = make('d365-connection', {
      product: 'bc',
      environment: 'sandbox',
      company: 'anything',
      store: make(RETURNS_STORE, {}).id,
    });
    const node = make('d365-create-return-order', { connection: connection.id, warehouse: 'RETQC' });
    const [sold] = world.orders;
    assert.ok(sold);
    const { error, sent } = await node.take(messageOf(returnOf(sold)));
    assert.equal(error, undefined);
    assert.equal(sentOf(sent).passed.length, 1, JSON.stringify(exceptionText(sent)));
    assert.equal(simulator.observer.drafts()[0]?.customer, sold.customer);

    simulator.blockItem(world.orders[1]?.lines[0]?.sku ?? '', { blocked: true });
    const blocked = await node.take(messageOf(returnOf(world.orders[1] ?? sold)));
    const exception = exceptionOf(sentOf(blocked.sent).held[0]);
    assert.equal(exception.code, 'sku-blocked');
    assert.doesNotMatch(JSON.stringify(exception), /CorrelationId/);

    await node.end();
    await connection.end();
    withdrawSandbox('sandbox');
    await server.close();
    await store.close();
  });

  it('live needs no address of an environment, but a tenant, an application and its secret', () => {
    const { RED, make } = fakeNodeRed();
    RED.httpAdmin.post = () => undefined;
    registerConnection(RED);
    const live = { product: 'bc', company: 'CRONUS', store: 'x', tenant: 't', clientId: 'c' };
    const bare = make('d365-connection', { ...live, tenant: '' });
    assert.match(bare.errors.join(), /needs tenant, client secret;/);
    const whole = make('d365-connection', live, { clientSecret: 's' });
    assert.deepEqual(whole.errors, []);
  });

  it('has defaults of its own, and refuses what cannot be', () => {
    const parsed = d365SettingsSchema.parse({ product: 'bc', company: 'CRONUS' });
    assert.deepEqual(
      [
        parsed.bcEnvironment,
        parsed.bcConcurrency,
        parsed.bcCallsPerMinute,
        parsed.bcEachUnit,
        parsed.bcRoute,
        parsed.bcCorrective,
      ],
      ['production', 5, 1200, 'PCS', 'credit-memo', 'never'],
    );
    assert.equal(d365SettingsSchema.parse({ company: 'x', bcCallsPerMinute: '' }).bcCallsPerMinute, null);
    assert.throws(() => d365SettingsSchema.parse({ company: 'x', bcEnvironment: 'a/b' }), /environment/);
    assert.throws(() => d365SettingsSchema.parse({ company: 'x', product: 'ax' }));
    assert.throws(() => d365SettingsSchema.parse({ company: 'x', bcCorrective: 'always' }));
  });
});

function exceptionText(sent: Parameters<typeof sentOf>[0]): unknown {
  const { held } = sentOf(sent);
  return held.length === 0 ? null : exceptionOf(held[0]);
}
