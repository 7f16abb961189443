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
      'Take the stop off the item in the ERP, or decide how the goods are booked.',
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
  'order-locked': {
    class: 'state-blocked',
    owner: 'customer service',
    sentence: 'the original order was locked for longer than the flow waits ({what}). Nothing was posted.',
    steps: [
      'Open the order in the ERP and find out who holds it and why.',
      'Release the order there, or finish its invoice.',
      RESUME,
    ],
  },
  'order-cancelled': {
    class: 'data-invalid',
    owner: 'customer service',
    sentence: 'the original order is cancelled in the ERP ({what}), so there is nothing to credit.',
    steps: [
      'Find out whether the order was shipped and paid although it is cancelled.',
      'Correct the order in the ERP, or have the platform close the return.',
      RESUME,
    ],
  },
  'order-historical': {
    class: 'data-invalid',
    owner: 'finance',
    sentence:
      'the original order was imported as history ({what}): the ledger has no entries of it that a credit could reverse.',
    steps: [
      'Decide to which account the refund of such an order is posted, and post it by hand.',
      'Or allow credits on historical orders in the node and deploy.',
      RESUME,
    ],
  },
  'credit-by-others': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'somebody else has credited the same goods already ({what}). Nothing was posted.',
    steps: [
      'Compare the credit that is named with the return: product, quantity and amount are shown.',
      'If it is for this return, leave it as the credit and resolve the exception; find out who makes credits besides ' +
        'this flow, for example the shop app’s own switch, and turn that off.',
      'If it is for other goods, cancel or correct it in the ERP, or set the node to count the credits of others as ' +
        'earlier returns.',
      RESUME,
    ],
  },
  'value-over-order': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'more would be credited than the original line has left ({what}). Nothing was posted.',
    steps: [
      'Compare the amounts of the original line and of its earlier credits, which are shown.',
      'Correct the earlier credit, or post the rest by hand.',
      RESUME,
    ],
  },
  'price-mismatch': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'the platform’s amount differs from the original order by more than is allowed ({what}).',
    steps: [
      'Compare both amounts with what the customer paid.',
      'Correct the price at the platform or in the order, or widen the tolerance in the node.',
      RESUME,
    ],
  },
  'bundle-part': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'only a part of a bundle comes back ({what}), and the order gives no value to the part.',
    steps: [
      'Agree what a part of this bundle is worth.',
      'Post this credit by hand, or let the node share the bundle’s value out evenly.',
      RESUME,
    ],
  },
  'quantity-not-whole': {
    class: 'data-invalid',
    owner: 'data',
    sentence: 'the ERP takes whole pieces only ({what}); nothing was rounded.',
    steps: ['Find out how many pieces come back, and correct the quantity at its source.', RESUME],
  },
  'tax-unmapped': {
    class: 'data-invalid',
    owner: 'data',
    sentence: 'the ERP has no such tax code ({what}). No other code is used instead.',
    steps: [
      'Open the original order in the ERP and look at the tax code of the line.',
      'Restore the tax code in the ERP’s settings, or correct the line.',
      RESUME,
    ],
  },
  'fee-unmapped': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'a fee has no row in the fee table ({what}). The credit was not sent.',
    steps: ['Add the fee with its account and tax code to the fee table of the node, and deploy.', RESUME],
  },
  'period-closed': {
    class: 'state-blocked',
    owner: 'finance',
    sentence: 'the accounting period of the credit is closed ({what}). Nothing was posted.',
    steps: [
      'Decide on which day the credit is posted.',
      'Open the period, or set the node to post on the first open day, and deploy.',
      RESUME,
    ],
  },
  'credit-line-refused': {
    class: 'data-invalid',
    owner: 'data',
    sentence: 'the ERP refused a line of the credit: {what}',
    steps: [
      'The line and the field are shown with the ERP’s own words.',
      'Mend the product, tax code or account that they name.',
      RESUME,
    ],
  },
  'credit-not-invoiced': {
    class: 'state-blocked',
    owner: 'finance',
    sentence: 'the credit exists, and accounting has not posted it ({what}).',
    steps: [
      'Open the credit in the ERP: its invoice number says “pending”.',
      'Look for a closed period, a missing account or a blocked customer, mend it there, and invoice the credit.',
      RESUME,
    ],
  },
  'credit-needs-authorisation': {
    class: 'state-blocked',
    owner: 'finance',
    sentence: 'the credit needs the word of a person before it is posted ({what}).',
    steps: ['Check the credit in the ERP and move it to its authorised status.', RESUME],
  },
  'credited-but-rejected': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'the goods were rejected after they had been credited ({what}).',
    steps: [
      'Decide with customer service whether the customer is charged again.',
      'Reverse the credit in the ERP, or accept the loss, then resolve the exception.',
    ],
  },
  'credited-but-cancelled': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'the return was cancelled after it had been credited ({what}).',
    steps: [
      'Ask customer service whether the goods are still coming.',
      'Reverse the credit in the ERP where they are not, then resolve the exception.',
    ],
  },
  'payment-method-unmapped': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'the payment method of the order has no row in the table ({what}). No refund was booked.',
    steps: ['Add the method to the table of the node, and deploy.', RESUME],
  },
  'refund-over-paid': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'more would be refunded than was paid ({what}). No refund was booked.',
    steps: [
      'Compare the payments of the order and earlier refunds, which are shown by method.',
      'Book the refund by hand, or correct the payment in the ERP.',
      RESUME,
    ],
  },
  'goods-not-on-credit': {
    class: 'data-invalid',
    owner: 'warehouse',
    sentence: 'goods arrived that the credit does not hold ({what}). Nothing was booked in.',
    steps: [
      'Compare the goods with the lines of the credit, which are shown.',
      'Correct the return at the platform, or book the goods in by hand.',
      RESUME,
    ],
  },
  'credit-missing': {
    class: 'state-blocked',
    owner: 'finance',
    sentence: 'goods arrived, and there was no credit to book them in on for longer than agreed ({what}).',
    steps: [
      'Look for an open exception of the same return: it says why the credit is not there.',
      'Clear that one first.',
      RESUME,
    ],
  },
  'disposition-unmapped': {
    class: 'data-invalid',
    owner: 'warehouse',
    sentence:
      'the disposition has no row in the table ({what}). The goods stay where they are; no default is used.',
    steps: ['Add the disposition to the table of the node, and deploy.', RESUME],
  },
  'location-unknown': {
    class: 'config',
    owner: 'warehouse',
    sentence: 'the warehouse has no such location ({what}). Nothing was moved.',
    steps: ['Create the location in the ERP, or choose another one in the node, and deploy.', RESUME],
  },
  'release-outcome-unknown': {
    class: 'ambiguous',
    owner: 'warehouse',
    sentence:
      'it is not known whether goods left quarantine ({what}). The release is not sent a second time.',
    steps: [
      'Look at the stock of the product in the quarantine location.',
      'Release it there by hand where it still lies in quarantine, then resolve the exception.',
    ],
  },
  'stock-without-credit': {
    class: 'state-blocked',
    owner: 'finance',
    sentence: 'the goods are there, and the credit is not, for longer than agreed ({what}).',
    steps: [
      'Look for an open exception of the same return: it says why the credit is not there.',
      'Clear that one; this exception closes when the credit exists.',
    ],
  },
  'credit-without-stock': {
    class: 'state-blocked',
    owner: 'warehouse',
    sentence: 'the money was credited, and the goods have not come, for longer than agreed ({what}).',
    steps: [
      'Ask the carrier or the return hub for the parcel.',
      'Where the goods are lost, have finance decide on the loss; this exception closes when the goods are booked in.',
    ],
  },
  'exchange-sku-missing': {
    class: 'data-invalid',
    owner: 'customer service',
    sentence: 'an exchange names no replacement item ({what}), so no order was made.',
    steps: [
      'Ask the customer, and make the replacement order by hand or correct it at the platform.',
      RESUME,
    ],
  },
  'exchange-price-missing': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'the price of a replacement item is not known ({what}), so no order was made.',
    steps: ['Have the platform send the price, or make the replacement order by hand.', RESUME],
  },
  'exchange-not-allocated': {
    class: 'state-blocked',
    owner: 'warehouse',
    sentence: 'the replacement order exists, and its stock is not allocated ({what}).',
    steps: [
      'Look at the stock of the item, and allocate or back-order it in the ERP.',
      'Resolve the exception.',
    ],
  },
  'amount-mismatch': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'the ERP’s document does not carry the expected amount ({what}).',
    steps: [
      'Open the document in the ERP and compare price, discount, tax and quantity with the original order.',
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
      'Press Test connection in the connection or account node and follow what it says.',
      'Renew the secret or token, or give the application its permissions in the ERP.',
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
