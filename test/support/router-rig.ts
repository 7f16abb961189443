import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { z } from 'zod';
import registerRouter from '../../nodes/flow/returns-exception-router';
import { EXCEPTION_ROUTER } from '../../nodes/flow/router-admin';
import type { ReturnException } from '../../nodes/returns/exception';
import { defineNode } from '../../nodes/runtime/define-node';
import type { NodeMessage, NodeRed, SendValue } from '../../nodes/runtime/node-red';
import { RETURNS_STORE, type ReturnsStoreBehaviour } from '../../nodes/runtime/returns-store';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { returnOf } from '../store/conformance-exceptions';
import { fakeNodeRed, type FakeNode } from './fake-node-red';

export interface RouterRig {
  store: ReturnsStore;
  node: FakeNode;
  /** Raises an exception for a return of its own; gives what went out, by output. */
  raise: (returnId: string, exception: ReturnException) => Promise<Out[]>;
  ask: (command: string, payload: unknown) => Promise<Out[]>;
  /** What the node sent by itself, by output: resumed returns and alerts. */
  emitted: () => Out[];
  /** Resolves when the node has sent so many by itself, to this output. */
  until: (output: number, count: number) => Promise<NodeMessage[]>;
  end: () => Promise<void>;
}

export interface Out {
  output: number;
  message: NodeMessage;
}

export interface RouterRigOptions {
  /** Its return stays open when the rig ends. */
  store?: ReturnsStore;
}

/** An Exception Router over a store in memory, in a runtime whose flows run. */
export async function routerRig(
  config: Record<string, unknown> = {},
  options: RouterRigOptions = {},
): Promise<RouterRig> {
  const store = options.store ?? (await openMemoryStore());
  const { RED, make } = fakeNodeRed();
  const events = new EventEmitter();
  const http = { all: () => undefined, get: () => undefined, post: () => undefined };
  const runtime: NodeRed = {
    ...RED,
    httpAdmin: http,
    auth: { needsPermission: () => () => undefined },
    events: events,
  };
  defineNode(runtime, {
    type: RETURNS_STORE,
    config: z.object({}),
    start: (): ReturnsStoreBehaviour =>
      ({ open: () => Promise.resolve(store) }) as unknown as ReturnsStoreBehaviour,
  });
  registerRouter(runtime);
  const storeNode = make(RETURNS_STORE, {});
  const node = make(EXCEPTION_ROUTER, { store: storeNode.id, ...config });
  const listeners = new Set<() => void>();
  const send = node.sent.push.bind(node.sent);
  node.sent.push = (...values: SendValue[]) => {
    const length = send(...values);
    for (const listener of [...listeners]) listener();
    return length;
  };
  events.emit('flows:started');
  const emitted = (): Out[] => node.sent.flatMap(byOutput);
  const take = async (message: NodeMessage): Promise<Out[]> => {
    const { error, sent, times } = await node.take(message);
    assert.deepEqual([error, times], [undefined, 1]);
    return sent.flatMap(byOutput);
  };
  return {
    store,
    node,
    raise: async (returnId, exception) => {
      const { event } = await returnOf(store, returnId);
      const about = { ...exception.about, returnNumber: returnId };
      const summary = exception.summary.replace('R1', returnId);
      return take({
        topic: event.topic,
        payload: event,
        documents: [],
        exception: { ...exception, about, summary },
      });
    },
    ask: (command, payload) => take({ command, payload }),
    emitted,
    until: (output, count) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = emitted().filter((one) => one.output === output);
          if (found.length < count) return;
          listeners.delete(look);
          resolve(found.map(({ message }) => message));
        };
        listeners.add(look);
        look();
      }),
    end: async () => {
      await node.end();
      await storeNode.end();
      if (!options.store) await store.close();
    },
  };
}

function byOutput(value: SendValue): Out[] {
  const row = Array.isArray(value) ? value : [value];
  return row.flatMap((message, output) =>
    message === null ? [] : [message].flat().map((one) => ({ output, message: one })),
  );
}
