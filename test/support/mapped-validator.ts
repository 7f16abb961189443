import assert from 'node:assert/strict';
import { z } from 'zod';
import registerMappings from '../../nodes/flow/returns-mappings';
import type { ServedMappings } from '../../nodes/flow/mapping-routes';
import registerValidator from '../../nodes/flow/returns-sku-validator';
import type { ErpConnector } from '../../nodes/returns/erp-connector';
import type { ReturnEvent } from '../../nodes/returns/event';
import type { ReturnException } from '../../nodes/returns/exception';
import type { MappingContent } from '../../nodes/returns/mappings';
import { defineNode, livingBehaviour, type NodeBehaviour } from '../../nodes/runtime/define-node';
import type { ErpConnection } from '../../nodes/runtime/erp-connection';
import { RETURNS_MAPPINGS, type MappingsNode } from '../../nodes/runtime/mappings-node';
import type { ReturnsStore } from '../../nodes/store/store';
import { adminRoutes, type Answer, type Call } from './admin-routes';
import { exceptionOf, messageOf, sentOf } from './brightpearl-nodes';
import { fakeNodeRed, type FakeNode } from './fake-node-red';

export interface MappedValidator {
  node: FakeNode;
  /** The id of the mappings node, by which the store keeps what came in. */
  mappingsId: string;
  mappings: MappingsNode & ServedMappings;
  /** What the dialog of the mappings asks. */
  ask: (route: string, call?: Call) => Promise<Answer>;
  /** Sends a return through; its exception, or null where it passes. */
  check: (event: ReturnEvent) => Promise<ReturnException | null>;
  end: () => Promise<void>;
}

/** The SKU Validator over a connector, with Return Mappings of these rows. */
export function mappedValidator(
  rig: { connector: ErpConnector; store: ReturnsStore },
  config: Record<string, unknown>,
  tables: MappingContent,
): MappedValidator {
  const { RED, make } = fakeNodeRed();
  const below = `/returns-ledger/${RETURNS_MAPPINGS}`;
  const { admin, ask } = adminRoutes(RED, [`${RETURNS_MAPPINGS}.read`], below);
  registerValidator(admin);
  registerMappings(admin);
  defineNode(admin, {
    type: 'returns-store',
    config: z.object({}),
    start: (): NodeBehaviour => ({ open: () => Promise.resolve(rig.store) }) as NodeBehaviour,
  });
  defineNode(admin, {
    type: 'test-connection',
    config: z.object({}),
    start: (): ErpConnection => ({
      connector: () => Promise.resolve(rig.connector),
      store: () => Promise.resolve(rig.store),
    }),
  });
  const store = make('returns-store', {});
  const connection = make('test-connection', {});
  const mappings = make(RETURNS_MAPPINGS, { store: store.id, tables });
  const node = make('returns-sku-validator', {
    erp: 'd365',
    d365: connection.id,
    mappings: mappings.id,
    ...config,
  });
  return {
    node,
    mappingsId: mappings.id,
    mappings: livingBehaviour(mappings.id, RETURNS_MAPPINGS) as MappingsNode & ServedMappings,
    ask,
    check: async (event) => {
      const { error, sent } = await node.take(messageOf(event));
      assert.equal(error, undefined);
      const { passed, held } = sentOf(sent);
      assert.equal(passed.length + held.length, 1);
      return held[0] ? exceptionOf(held[0]) : null;
    },
    end: async () => {
      for (const one of [node, mappings, connection, store]) await one.end();
    },
  };
}
