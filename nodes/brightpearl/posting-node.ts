import type { ReturnMessage } from '../returns/event';
import { CATALOGUE, type ExceptionCode } from '../returns/exception-catalogue';
import type { NodeBehaviour, NodeContext } from '../runtime/define-node';
import { erpConnectionOf } from '../runtime/erp-connection';
import { postingNode as posting, type Posted, type PostingNode } from '../runtime/posting-node';
import type { ReturnsStore } from '../store/store';
import type { BrightpearlAccount } from './brightpearl-account';
import type { BrightpearlConnector } from './connector';
import { meaningOf } from './refused-lines';

/** A node that posts a document of a return to the account that its dialog names. */
export function postingNode(
  node: NodeContext<{ account: string }>,
  parts: Pick<PostingNode<BrightpearlConnector>, 'type' | 'made' | 'concerns'> & {
    post: (view: ReturnMessage, connector: BrightpearlConnector, store: ReturnsStore) => Promise<Posted>;
  },
): NodeBehaviour {
  const account = erpConnectionOf(node, node.config.account) as BrightpearlAccount;
  return posting(node, account, { ...parts, codeOf });
}

/** States of a document that are waited for, and what they are called when the wait was in vain. */
const STATES: Readonly<Record<string, ExceptionCode>> = {
  'brightpearl-order-locked': 'order-locked',
  'brightpearl-invoice-pending': 'order-locked',
  'brightpearl-period-locked': 'period-closed',
};

/** The exception that an error is by its code; undefined where only its class tells. */
export function codeOf(code: string): ExceptionCode | undefined {
  return Object.hasOwn(CATALOGUE, code) ? (code as ExceptionCode) : (STATES[code] ?? meaningOf(code));
}
