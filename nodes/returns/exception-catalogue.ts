import type { FailureClass } from './failure';

/** Who puts exceptions right (DESIGN section 8). */
export const OWNERS = ['finance', 'warehouse', 'customer service', 'data', 'integration'] as const;

export interface CatalogueEntry {
  class: FailureClass;
  owner: (typeof OWNERS)[number];
  /** A plain sentence; `{what}` is replaced by the names and values of the case. */
  sentence: string;
  /** What the owner does, in order. */
  steps: readonly string[];
}

const RESUME = 'Resume the return in the Exception Router; it goes on where it stopped and is posted once.';

/**
 * Every exception that a node may raise. Codes are stable: flows and reports rely on them.
 */
export const CATALOGUE = {
  'sku-missing': {
    class: 'data-invalid',
    owner: 'data',
    sentence: '{what} has no SKU, so it cannot be matched to an item of the ERP.',
    steps: [
      'Find the item by its order line or barcode, which are shown with the exception.',
      'Have the shop platform send the SKU to the returns platform.',
      RESUME,
    ],
  },
  'sku-unknown': {
    class: 'data-invalid',
    owner: 'data',
    sentence: 'the ERP does not know {what}. Nothing was posted.',
    steps: [
      'Compare the SKU with the nearest items shown; none of them is chosen by itself.',
      'Create or release the item in the ERP, or correct the SKU at the platform.',
      RESUME,
    ],
  },
  'sku-blocked': {
    class: 'data-invalid',
    owner: 'data',
    sentence: 'the ERP has stopped {what} for sales, so a return cannot be posted.',
    steps: [
      'Ask why the item is stopped; the goods stay in inspection meanwhile.',
      'Take the stop off in the item’s default order settings, or decide how the goods are booked.',
      RESUME,
    ],
  },
  'sku-discontinued': {
    class: 'data-invalid',
    owner: 'data',
    sentence: '{what} is discontinued in the ERP, so a return cannot be posted.',
    steps: [
      'Decide between reviving the item for the return and booking a substitute.',
      'Change the item’s life-cycle state in the ERP, or correct the SKU.',
      RESUME,
    ],
  },
  'order-reference-missing': {
    class: 'data-invalid',
    owner: 'integration',
    sentence: 'the event names no original order ({what}). The ERP was not called.',
    steps: [
      'Look the return up at the returns platform and find its order.',
      'Check that the shop platform passes the order number to the returns platform.',
      RESUME,
    ],
  },
  'order-reference-invalid': {
    class: 'data-invalid',
    owner: 'integration',
    sentence: 'the order number is not well formed ({what}). The ERP was not called.',
    steps: [
      'Compare the order number with the pattern in the node’s dialog.',
      'Correct the number at the platform, or the pattern if it is too narrow.',
      RESUME,
    ],
  },
  'order-unknown': {
    class: 'data-invalid',
    owner: 'customer service',
    sentence: 'the ERP has no sales order for it ({what}). Nothing was posted.',
    steps: [
      'Search the ERP for the order number, also in other companies.',
      'If the order was never imported, import it; if the number is wrong, correct it at the platform.',
      RESUME,
    ],
  },
  'order-ambiguous': {
    class: 'data-invalid',
    owner: 'integration',
    sentence: 'the ERP has several sales orders for it ({what}). None was chosen.',
    steps: [
      'Find out which of the orders was returned.',
      'Make the reference unique in the ERP, or choose another order field in the connection.',
      RESUME,
    ],
  },
  'order-not-invoiced': {
    class: 'state-blocked',
    owner: 'finance',
    sentence: 'the original order is not invoiced yet ({what}), so it cannot be returned.',
    steps: ['Post the invoice of the original order.', RESUME],
  },
  'customer-unknown': {
    class: 'data-invalid',
    owner: 'customer service',
    sentence: 'the customer of the order is not in the ERP ({what}). Nothing was posted.',
    steps: [
      'Check whether the customer account was merged or deleted.',
      'Restore the account, or move the order to the right one. A stand-in account is never used.',
      RESUME,
    ],
  },
  'line-not-on-order': {
    class: 'data-invalid',
    owner: 'customer service',
    sentence: 'the original order has no line for {what}.',
    steps: [
      'Compare the lines of the order with the returned lines, which are shown side by side.',
      'Find out whether another item was sent, or the wrong order was named.',
      RESUME,
    ],
  },
  'quantity-over-order': {
    class: 'data-invalid',
    owner: 'customer service',
    sentence: 'more comes back than was sold ({what}).',
    steps: [
      'Compare the sold and the returned quantity, and earlier returns of the order.',
      'Correct the quantity at the platform.',
      RESUME,
    ],
  },
  'unit-mismatch': {
    class: 'data-invalid',
    owner: 'data',
    sentence:
      'the order was sold in another unit than single pieces ({what}); nothing was converted or rounded.',
    steps: [
      'Agree how many pieces the unit holds.',
      'Post this return by hand, or correct the order’s unit.',
      RESUME,
    ],
  },
  'reason-unmapped': {
    class: 'data-invalid',
    owner: 'data',
    sentence: 'the return reason has no ERP reason code ({what}). No default is used.',
    steps: ['Add a row for the reason to the reason table of the node.', RESUME],
  },
  'amount-mismatch': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'the ERP’s document does not carry the expected amount ({what}).',
    steps: [
      'Open the return order in the ERP and compare price, discount and quantity with the original order.',
      'Correct the document, then resolve the exception.',
    ],
  },
  'document-ambiguous': {
    class: 'data-invalid',
    owner: 'integration',
    sentence: 'the ERP holds more than one document with our reference ({what}). None was touched.',
    steps: ['Compare the documents in the ERP and cancel those that are too many.', RESUME],
  },
  'document-conflict': {
    class: 'data-invalid',
    owner: 'integration',
    sentence: 'the ERP’s document with our reference has other content ({what}).',
    steps: [
      'Compare the document with the return; both are shown.',
      'Correct or cancel the document in the ERP.',
      RESUME,
    ],
  },
  'return-grown': {
    class: 'data-invalid',
    owner: 'customer service',
    sentence: 'more is coming back than its document holds ({what}).',
    steps: [
      'Compare the lines: what the document holds is shown as expected, what the platform says now as received.',
      'Add the missing units to the document in the ERP, or have the platform open a return of its own for them.',
      'Resolve the exception.',
    ],
  },
  'erp-refused': {
    class: 'data-invalid',
    owner: 'data',
    sentence: 'the ERP refused the document: {what}',
    steps: ['Read the ERP’s own words in the detail and mend the data they name.', RESUME],
  },
  'erp-unavailable': {
    class: 'transient',
    owner: 'integration',
    sentence: 'the ERP could not be reached after several tries ({what}).',
    steps: ['Check the ERP and the network.', RESUME],
  },
  'erp-unauthorized': {
    class: 'auth',
    owner: 'integration',
    sentence: 'the ERP refused our credentials ({what}).',
    steps: [
      'Press Test connection in the D365 connection and follow what it says.',
      'Renew the client secret, or register the application in the ERP.',
      RESUME,
    ],
  },
  'erp-outcome-unknown': {
    class: 'ambiguous',
    owner: 'integration',
    sentence:
      'the ERP’s answer was lost and could not be looked up yet ({what}). Nothing is posted again blindly.',
    steps: ['Check the ERP and the network.', RESUME],
  },
  'node-misconfigured': {
    class: 'config',
    owner: 'integration',
    sentence: 'a node of the flow is not set up right: {what}',
    steps: ['Open the node named below, mend what the sentence says, and deploy.', RESUME],
  },
  'brand-unknown': {
    class: 'config',
    owner: 'integration',
    sentence: 'the webhook is for a retailer that this account does not list ({what}).',
    steps: [
      'If the retailer is yours, add it to the account node and deploy.',
      'Otherwise have the returns platform correct the subscription.',
      RESUME,
    ],
  },
  'event-unknown': {
    class: 'data-invalid',
    owner: 'integration',
    sentence: 'the platform sent an event that is not known ({what}). It is stored, nothing was posted.',
    steps: [
      'Find out from the platform’s documentation what the event means.',
      'Add its word to the vocabulary of the account node and deploy.',
      RESUME,
    ],
  },
  'event-invalid': {
    class: 'data-invalid',
    owner: 'integration',
    sentence: 'the platform sent a body that cannot be read ({what}). It is stored, nothing was posted.',
    steps: [
      'Look at the stored body and find the field named.',
      'Have the platform correct and send it again.',
    ],
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;

export type ExceptionCode = keyof typeof CATALOGUE;
