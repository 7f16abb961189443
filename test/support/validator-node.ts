import { z } from 'zod';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import { d365SettingsSchema, type D365Settings } from '../../nodes/d365/settings';
import registerValidator from '../../nodes/flow/returns-sku-validator';
import type { ErpConnector } from '../../nodes/returns/erp-connector';
import { defineNode } from '../../nodes/runtime/define-node';
import type { ErpConnection } from '../../nodes/runtime/erp-connection';
import {
  createD365Simulator,
  type D365Simulator,
  type D365SimulatorOptions,
} from '../../nodes/sandbox/d365/d365-simulator';
import { createWorld, type World } from '../../nodes/sandbox/world';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { fakeNodeRed, type FakeNode } from './fake-node-red';
import { BASE, httpTo, simulatedTime } from './simulated-http';

const ACCOUNT = { tenant: 'contoso', clientId: 'client-1', clientSecret: 'a-very-secret-value' };

export interface D365Rig {
  world: World;
  simulator: D365Simulator;
  connector: FscmConnector;
  store: ReturnsStore;
  time: ReturnType<typeof simulatedTime>;
}

/** A simulated environment and a connector to it, over a store in memory. */
export async function d365Rig(
  options: Partial<D365SimulatorOptions> = {},
  settings: Partial<D365Settings> = {},
): Promise<D365Rig> {
  const world = options.world ?? createWorld({ seed: 3, orders: 60 });
  const time = simulatedTime();
  const clock = { now: () => time.now, wait: time.wait };
  const simulator = createD365Simulator({ ...ACCOUNT, ...clock, ...options, world });
  const { tenant, clientId, clientSecret } = ACCOUNT;
  const connector = new FscmConnector({
    settings: d365SettingsSchema.parse({
      environmentUrl: BASE,
      authorityUrl: BASE,
      tenant,
      clientId,
      company: 'usrt',
      ...settings,
    }),
    clientSecret,
    http: httpTo(simulator),
    surroundings: time,
    connectionId: 'connection-1',
  });
  return { world, simulator, connector, store: await openMemoryStore(), time };
}

/** The SKU Validator over a connector, with what its dialog would hold. */
export function validatorOver(
  rig: { connector: ErpConnector; store: ReturnsStore },
  config: Record<string, unknown> = {},
): FakeNode {
  const { RED, make } = fakeNodeRed();
  registerValidator(RED);
  defineNode(RED, {
    type: 'd365-connection',
    config: z.object({}),
    start: (): ErpConnection => ({
      connector: () => Promise.resolve(rig.connector),
      store: () => Promise.resolve(rig.store),
    }),
  });
  const connection = make('d365-connection', {});
  return make('returns-sku-validator', { erp: 'd365', d365: connection.id, ...config });
}
