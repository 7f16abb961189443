import { EventEmitter } from 'node:events';
import { z } from 'zod';
import registerExchange from '../../nodes/brightpearl/brightpearl-exchange-order';
import registerCredit from '../../nodes/brightpearl/brightpearl-sales-credit';
import registerGoodsIn from '../../nodes/brightpearl/brightpearl-goods-in';
import type { PostedDocument, ReturnEvent } from '../../nodes/returns/event';
import { returnKey } from '../../nodes/returns/event';
import { asLedgerError } from '../../nodes/returns/failure';
import type { Mappings } from '../../nodes/returns/mappings';
import type { ReturnException } from '../../nodes/returns/exception';
import { defineNode } from '../../nodes/runtime/define-node';
import { DeliverySource } from '../../nodes/runtime/delivery-source';
import type { ErpConnection } from '../../nodes/runtime/erp-connection';
import { followFlows } from '../../nodes/runtime/flow-state';
import type { NodeMessage, SendValue } from '../../nodes/runtime/node-red';
import type { BrightpearlRig } from './brightpearl-rig';
import { intake } from './events';
import { fakeNodeRed, type FakeNode } from './fake-node-red';
import { mappingsNode } from './posting-mappings';

export type PostingType = 'brightpearl-goods-in' | 'brightpearl-exchange-order' | 'brightpearl-sales-credit';

/** One of the nodes, wired to the account of a rig. */
export function nodeOf(
  rig: BrightpearlRig,
  type: PostingType,
  config: Record<string, unknown> = {},
  mappings: (() => Mappings) | null = null,
): FakeNode {
  const { RED, make } = fakeNodeRed();
  registerGoodsIn(RED);
  registerExchange(RED);
  registerCredit(RED);
  defineNode(RED, {
    type: 'brightpearl-account',
    config: z.object({}),
    start: (): ErpConnection => ({
      connector: () => Promise.resolve(rig.connector),
      store: () => Promise.resolve(rig.store),
    }),
  });
  const account = make('brightpearl-account', {});
  const used = mappings ? { mappings: mappingsNode(RED, make, mappings).id } : {};
  return make(type, { account: account.id, ...used, ...config });
}

export function messageOf(event: ReturnEvent, documents: PostedDocument[] = []): NodeMessage {
  return { topic: event.topic, payload: event, documents };
}

/** What a node sent, by output. */
export function sentOf(sent: readonly SendValue[]): { passed: NodeMessage[]; held: NodeMessage[] } {
  const on = (output: number): NodeMessage[] =>
    sent.flatMap((value) => {
      const message = Array.isArray(value) ? value[output] : null;
      return message && !Array.isArray(message) ? [message] : [];
    });
  return { passed: on(0), held: on(1) };
}

export function exceptionOf(message: NodeMessage | undefined): ReturnException {
  return message?.['exception'] as ReturnException;
}

/**
 * Sends an event through a node as a durable source does: what waits in the store comes back, until the node sends the
 * message on. `between` happens after each try that ended with a wait.
 */
export async function deliver(
  rig: Pick<BrightpearlRig, 'store'>,
  node: FakeNode,
  event: ReturnEvent,
  between: (attempt: number) => Promise<unknown> | undefined = () => undefined,
): Promise<{ attempts: number; sent: SendValue[] }> {
  const { RED } = fakeNodeRed();
  const events = new EventEmitter();
  const hooks = new Map<string, (event: never) => void>();
  const flow = Object.assign(node, { _expectedDoneCount: 1 });
  const runtime = {
    ...RED,
    nodes: { ...RED.nodes, getNode: () => flow },
    events: events as unknown as typeof RED.events,
    hooks: {
      add: (name: string, handler: (event: never) => void) => void hooks.set(name, handler),
      remove: () => undefined,
    },
  };
  followFlows(runtime);
  events.emit('flows:started');
  const abort = new AbortController();
  let attempts = 0;
  const sent = await new Promise<SendValue[]>((resolve, reject) => {
    const emit = (value: SendValue): void => {
      const msg = (value as NodeMessage[])[0] as NodeMessage;
      const told = { msg, node: { node: flow }, destination: { node: flow } } as never;
      hooks.get('onReceive.returns-ledger')?.(told);
      attempts += 1;
      const work = async (): Promise<void> => {
        const taken = await flow.take(msg);
        if (taken.error !== undefined) reject(asLedgerError(taken.error));
        else if (taken.sent.length > 0) resolve(taken.sent);
        else await between(attempts);
        hooks.get('onComplete.returns-ledger')?.(told);
      };
      work().catch(reject);
    };
    const background = (job: () => Promise<void>): void => void job().catch(reject);
    const parts = { RED: runtime, id: 'in-1', emit, background, signal: abort.signal, warn: () => undefined };
    const source = new DeliverySource(parts, rig.store, { window: 5 });
    abort.signal.addEventListener('abort', () => source.close());
    source.start();
    rig.store.accept(intake([{ event, returnKey: returnKey(event), exception: null }])).catch(reject);
  });
  abort.abort();
  return { attempts, sent };
}
