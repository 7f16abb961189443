import { ITEM_CACHE } from '../returns/erp-connector';
import { CATALOGUE, type ExceptionCode } from '../returns/exception-catalogue';
import type { ReturnMessage } from '../returns/event';
import type { LedgerError } from '../returns/failure';
import { itemNamesOf } from '../returns/posting-lines';
import type { Mappings } from '../returns/mappings';
import type { NodeBehaviour, NodeContext } from '../runtime/define-node';
import { erpConnectionOf } from '../runtime/erp-connection';
import { postingNode as posting, type PostingNode } from '../runtime/posting-node';
import type { D365Connection } from './d365-connection';
import type { D365Connector } from './documents';
import { waitsForPosting } from './fscm/posting-route';
import { ITEM_REFUSALS } from './post-batch';

/** What errors of both products are called when they become an exception; the rest is told by its class. */
const CODES: Readonly<Record<string, ExceptionCode>> = {
  ...ITEM_REFUSALS,
  'd365-draft-in-review': 'credit-needs-authorisation',
  'd365-draft-not-open': 'credit-needs-authorisation',
  'd365-customer-blocked': 'customer-on-hold',
  'd365-arrival-not-posted': 'arrival-not-posted',
  'd365-arrival-service-failed': 'arrival-not-posted',
  'd365-packing-slip-not-posted': 'credit-not-posted',
  'd365-invoice-not-posted': 'credit-not-posted',
  'd365-payment-not-posted': 'credit-blocked',
};

/** What is waited for besides a posting, in a few words for the status. */
const WAITS: Readonly<Record<string, string>> = {
  'goods-not-ready': 'goods',
  'customer-on-hold': 'customer on hold',
  'order-locked': 'stopped order',
  'period-closed': 'open period',
  'd365-draft-in-review': 'draft’s approval',
  'd365-draft-not-open': 'draft’s release',
};

/** The exception that an error is by its code; undefined where only its class tells. */
export function codeOf(code: string): ExceptionCode | undefined {
  return Object.hasOwn(CATALOGUE, code) ? (code as ExceptionCode) : CODES[code];
}

/** What a return waits for, for the status of a node; null where its error does not tell. */
function waitsFor(error: LedgerError): string | null {
  return waitsForPosting(error) ?? WAITS[error.code] ?? null;
}

/** A node that posts a document of a return to the connection that its dialog names, in either product. */
export function postingNode(
  node: NodeContext<{ connection: string }>,
  parts: Pick<PostingNode<D365Connector>, 'type' | 'made' | 'concerns' | 'notCured' | 'needless' | 'post'> & {
    /** The mappings as they are now: what is refused of an item is read anew under its names (R44). */
    mappings: () => Mappings | null;
  },
): NodeBehaviour {
  const connection = erpConnectionOf(node, node.config.connection) as D365Connection;
  const { mappings, ...rest } = parts;
  const forget = async (
    view: ReturnMessage,
    { code }: { code: ExceptionCode },
    connector: D365Connector,
    store: Awaited<ReturnType<D365Connection['store']>>,
  ): Promise<void> => {
    if (!code.startsWith('sku-')) return;
    await store.forgetMasterData(connector.connectionId, ITEM_CACHE, itemNamesOf(view.payload, mappings()));
  };
  return posting(node, connection, { ...rest, codeOf, waitsFor, onProblem: forget });
}
