import assert from 'node:assert/strict';
import { z } from 'zod';
import registerCredit from '../../nodes/brightpearl/brightpearl-sales-credit';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import type { ReturnException } from '../../nodes/returns/exception';
import type { Mappings } from '../../nodes/returns/mappings';
import { defineNode, type NodeBehaviour } from '../../nodes/runtime/define-node';
import type { SeenCode } from '../../nodes/runtime/mappings-node';
import type { NodeMessage, NodeRed } from '../../nodes/runtime/node-red';
import { brightpearlRig, connectorTo, type BrightpearlRig, type RigOptions } from './brightpearl-rig';
import { fakeNodeRed, type FakeNode } from './fake-node-red';
import { mappingsNode } from './posting-mappings';

/** What came out of a node for one message. */
export interface Came {
  passed: boolean;
  exception: ReturnException | null;
  documents: PostedDocument[];
  figures: unknown;
}

export interface NodeRig extends BrightpearlRig {
  RED: NodeRed;
  /** Codes that were told to the Return Mappings of the node. */
  seen: readonly SeenCode[];
  node: FakeNode;
  /** Hands an event to the node. */
  take: (event: ReturnEvent) => Promise<Came>;
  /** Asks the node for figures. */
  ask: (command: string, payload?: unknown) => Promise<unknown>;
  end: () => Promise<void>;
}

/** A node over a simulated account, with an account node that hands out the rig's connector. */
export async function nodeRig(
  register: (RED: NodeRed) => void,
  type: string,
  config: Record<string, unknown> = {},
  options: RigOptions = {},
  mappings: (() => Mappings) | null = null,
): Promise<NodeRig> {
  const rig = await brightpearlRig(options);
  const connector = connectorTo(rig.simulator, rig.time, options.settings);
  const { RED, make } = fakeNodeRed();
  defineNode(RED, {
    type: 'rig-account',
    config: z.object({}),
    start: (): NodeBehaviour & Record<string, unknown> => ({
      connector: () => Promise.resolve(connector),
      store: () => Promise.resolve(rig.store),
    }),
  });
  register(RED);
  const account = make('rig-account', {});
  const used = mappings && mappingsNode(RED, make, mappings);
  const node = make(type, { account: account.id, ...(used ? { mappings: used.id } : {}), ...config });
  const take: NodeRig['take'] = async (event) => {
    const message: NodeMessage = { topic: event.topic, payload: event };
    const { error, times, sent } = await node.take(message);
    assert.equal(error, undefined, String(error));
    assert.equal(times, 1);
    assert.ok(sent.length <= 1, 'one message goes out for one that came in');
    const outputs = (sent[0] ?? []) as (NodeMessage | null)[];
    const out = outputs.find(Boolean);
    if (out) assert.equal(out, message, 'the message that came in');
    return {
      passed: Boolean(outputs[0]),
      exception: (outputs[1]?.['exception'] as ReturnException | undefined) ?? null,
      documents: (message['documents'] as PostedDocument[] | undefined) ?? [],
      figures: outputs[2]?.['payload'],
    };
  };
  return {
    ...rig,
    connector,
    RED,
    seen: used?.seen ?? [],
    node,
    take,
    ask: async (command, payload) => {
      const { error, sent } = await node.take({ command, payload });
      assert.equal(error, undefined, String(error));
      return ((sent[0] as (NodeMessage | null)[])[2] as NodeMessage)['payload'];
    },
    end: async () => {
      await node.end();
      await account.end();
      await rig.store.close();
    },
  };
}

/** The credit node; credit on scan, as S2 describes, unless the config says otherwise. */
export function creditNode(
  config: Record<string, unknown> = {},
  options: RigOptions = {},
  mappings: (() => Mappings) | null = null,
): Promise<NodeRig> {
  const settings = { creditOn: 'on-scan', ...config };
  return nodeRig(registerCredit, 'brightpearl-sales-credit', settings, options, mappings);
}
