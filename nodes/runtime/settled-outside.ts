import { REFUND_CODES, settlesPostingOf } from '../returns/settled-outside';
import type { ReturnsStore, SettledOutside } from '../store/store';
import type { NodeContext } from './define-node';
import type { NodeMessage } from './node-red';

/** Node types that post documents to an ERP. */
const postingTypes = new Set<string>();

/** To be called where a node type is registered that posts documents. */
export function postsDocuments(type: string): void {
  postingTypes.add(type);
}

/**
 * What a person has settled by hand instead of this node (R17): nothing must be posted for the return any more, also
 * where a later event of it has no problem. Null where there is nothing of the kind.
 */
export async function settledByHand(
  store: Pick<ReturnsStore, 'settledOutside'>,
  returnKey: string,
  type: string,
): Promise<SettledOutside | null> {
  const settled = await store.settledOutside(returnKey);
  return settled.find((one) => settlesPostingOf(type, one, (other) => postingTypes.has(other))) ?? null;
}

/** Whether a person has made the refund of a return by hand, after its credit was posted. */
export async function refundedByHand(
  store: Pick<ReturnsStore, 'settledOutside'>,
  returnKey: string,
): Promise<boolean> {
  return (await store.settledOutside(returnKey)).some(({ code }) => REFUND_CODES.includes(code));
}

/** Leaves a trace of what was not posted: in the message for those that come after, and in the log. */
export function traceSettled(
  node: Pick<NodeContext<unknown>, 'info'>,
  message: NodeMessage,
  type: string,
  returnNumber: string,
  { code, resolution, at }: SettledOutside,
): void {
  const known = Array.isArray(message['settledOutside']) ? (message['settledOutside'] as unknown[]) : [];
  message['settledOutside'] = [...known, { node: type, code, resolution, at }];
  node.info(
    `Return ${returnNumber}: ${String(message['topic'])} was not posted, for a person settled it outside on ` +
      `${at.slice(0, 10)}: ${resolution}`,
  );
}
