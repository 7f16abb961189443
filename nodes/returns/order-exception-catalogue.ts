import { RESUME, type CatalogueEntry } from './catalogue-entry';

/** What is wrong with the original order, its customer or its items. */
export const ORDER_EXCEPTIONS = {
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
  'quantity-not-whole': {
    class: 'data-invalid',
    owner: 'data',
    sentence: 'the ERP takes whole pieces only ({what}); nothing was rounded.',
    steps: ['Find out how many pieces come back, and correct the quantity at its source.', RESUME],
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
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
