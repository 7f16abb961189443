import { isBatch } from '../returns/batch';
import type { PostedDocument } from '../returns/event';
import type { ReturnException } from '../returns/exception';
import { instantOf, systemClock } from '../returns/time';
import { faultPoint } from '../store/fault-point';
import type { ReturnsStore } from '../store/store';
import type { NodeContext } from './define-node';
import type { NodeMessage, NodeRed, SendValue } from './node-red';

/**
 * Sends a message with its business exception to output 2. Where output 2 has no wire the exception would vanish in
 * silence: it is parked in the store instead, from where the Exception Router lists and resumes it.
 */
export async function raiseException(
  node: Pick<NodeContext<unknown>, 'RED' | 'id' | 'warn' | 'label'>,
  store: ReturnsStore,
  message: NodeMessage,
  returnKey: string,
  exception: ReturnException,
  send: (message: SendValue) => void,
): Promise<void> {
  faultPoint('exception-before-sent');
  message['exception'] = exception;
  if (exceptionsAreHeard(node.RED, node.id)) {
    send([null, message]);
    return;
  }
  const parked = await store.parkException(
    { returnKey, router: node.id, exception, message: storedMessage(message) },
    instantOf(systemClock),
  );
  if (parked.fresh) {
    node.warn(
      `${exception.summary} Output 2 of ${node.label} has no wire, so it is parked in the returns store.`,
    );
  }
}

/** Whether an output has a wire, counted from 0; true where that is not known. */
export function isWired(RED: NodeRed, nodeId: string, output: number): boolean {
  const wires = RED.nodes.getNode(nodeId)?.wires?.[output];
  return wires === undefined || wires.length > 0;
}

/** Whether somebody gets what leaves a node by output 2. */
export function exceptionsAreHeard(RED: NodeRed, nodeId: string): boolean {
  return isWired(RED, nodeId, 1);
}

/**
 * The message as it is kept: only what the pack needs to send it again. The rest may hold anything, even a request. The
 * members of a batch and what was posted for each of them are in the store already, and may be thousands.
 */
export function storedMessage(message: NodeMessage): string {
  const { topic, payload, documents } = message;
  const known = Array.isArray(documents) ? (documents as Partial<PostedDocument>[]) : [];
  if (typeof payload !== 'object' || payload === null || !isBatch(payload)) {
    return JSON.stringify({ topic, payload, documents: known });
  }
  const own = known.filter(({ references }) => references?.['return'] === undefined);
  return JSON.stringify({ topic, payload: { ...payload, members: [] }, documents: own });
}
