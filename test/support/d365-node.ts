import { z } from 'zod';
import type { D365Connection } from '../../nodes/d365/d365-connection';
import type { D365Connector } from '../../nodes/d365/documents';
import { defineNode } from '../../nodes/runtime/define-node';
import type { NodeRed } from '../../nodes/runtime/node-red';
import type { ReturnsStore } from '../../nodes/store/store';
import { fakeNodeRed, type FakeNode } from './fake-node-red';

/** A node that posts to Dynamics 365, over a connector and a store. */
export function connectedNode(
  {
    connector,
    store,
    product,
  }: {
    connector: D365Connector;
    store: ReturnsStore;
    /** As a connection tells it before its connector is there. */
    product?: D365Connector['product'];
  },
  register: (RED: NodeRed) => void,
  type: string,
  config: Record<string, unknown> | ((tools: ReturnType<typeof fakeNodeRed>) => Record<string, unknown>),
): FakeNode {
  const tools = fakeNodeRed();
  const { RED, make } = tools;
  defineNode(RED, {
    type: 'd365-connection',
    config: z.object({}),
    start: (): D365Connection => ({
      ...(product ? { product } : {}),
      connector: () => Promise.resolve(connector),
      store: () => Promise.resolve(store),
    }),
  });
  register(RED);
  const connection = make('d365-connection', {});
  const own = typeof config === 'function' ? config(tools) : config;
  return make(type, { connection: connection.id, ...own });
}
