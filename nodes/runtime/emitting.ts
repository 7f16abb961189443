import { returnKey, type ReturnMessage } from '../returns/event';
import { faultPoint, type AnyFaultPoint } from '../store/fault-point';
import type { ReturnsStore } from '../store/store';
import type { NodeContext } from './define-node';
import type { NodeMessage, SendValue } from './node-red';
import { raiseException } from './raise-exception';

/** What a source of deliveries needs of its node. */
export type Emitting = Pick<NodeContext<unknown>, 'RED' | 'id' | 'emit' | 'background' | 'signal' | 'warn'>;

/**
 * A node with an input as a source of deliveries. A message with an exception goes out as one does behind an input: where
 * nobody would get it, it is parked.
 *
 * @param around   the fault points before and after sending
 * @param raisedOf the message with an exception among those that were put on the outputs; null where there is none
 */
export function emitting(
  node: Emitting & Pick<NodeContext<unknown>, 'label'>,
  store: ReturnsStore,
  around: readonly [before: AnyFaultPoint, after: AnyFaultPoint],
  raisedOf: (placed: SendValue) => NodeMessage | null = onSecondOutput,
): Emitting {
  return {
    RED: node.RED,
    id: node.id,
    signal: node.signal,
    background: (work) => node.background(work),
    warn: (text) => node.warn(text),
    emit: (placed) => {
      const raised = raisedOf(placed);
      faultPoint(around[0]);
      if (raised) {
        const { payload, exception } = raised as unknown as ReturnMessage;
        if (!exception) throw new Error('What goes to the output for exceptions has one');
        const send = (value: SendValue): void => node.emit(value);
        node.background(() => raiseException(node, store, raised, returnKey(payload), exception, send));
      } else node.emit(placed);
      faultPoint(around[1]);
    },
  };
}

function onSecondOutput(placed: SendValue): NodeMessage | null {
  const message = (Array.isArray(placed) ? placed[1] : null) as NodeMessage | null | undefined;
  return message?.['exception'] === undefined ? null : message;
}
