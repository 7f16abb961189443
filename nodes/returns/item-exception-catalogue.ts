import { AND_DEPLOY, BY_HAND, CLOSES, PRIORITY, RESUME_ALL, type CatalogueEntry } from './catalogue-entry';

/** What is wrong with what comes back: items, lines, quantities and reasons. */
export const ITEM_EXCEPTIONS = {
  'sku-missing': {
    class: 'data-invalid',
    owner: 'data',
    title: 'Returned line without a SKU',
    sentence: '{what} has no SKU, so it cannot be matched to an item of the ERP.',
    meaning:
      'The platform sent a line that names no SKU, so nobody knows which stock and which price it is about. Nothing was ' +
      'posted for the whole return, since half a return would be wrong as well.',
    evidence: 'Each line without a SKU is shown; received is its barcode, where there is one.',
    steps: [
      'Find the item by its barcode in the ERP, or by the order’s lines in the shop.',
      'Press “Correct”, enter it as “SKU” of the line, and save: the return goes on with it.',
      'Have the shop send the SKU of this item to the returns platform, so that it does not come again.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.value,
  },
  'sku-unknown': {
    class: 'data-invalid',
    owner: 'data',
    title: 'SKU not known in the ERP',
    sentence: 'the ERP does not know {what}. Nothing was posted.',
    meaning:
      'The item was sold in the shop, and the ERP has no item with this SKU. Nothing was posted: the customer’s credit and ' +
      'the stock wait. Usually the item was never created or released, or the shop writes its SKU in another way.',
    evidence:
      'Received is the SKU as it came. Nearest lists the most similar items of the ERP, as a help to you; none of them is ever ' +
      'chosen by itself.',
    steps: [
      'Compare the SKU with the nearest items that are shown.',
      'If the item is missing, create or release it. Dynamics 365: Product information management > Products > Released ' +
        'products. Brightpearl: the list of products. Then continue with the last step.',
      'If only the SKU is written wrongly, press “Correct”, enter the ERP’s one as “SKU”, and save; that return goes on with ' +
        'it. Correct it in the shop as well, or each new return stops here.',
      `If the platform writes the SKU in its own way, open Return Mappings in the editor, add a row for it to the table “SKUs”, ${AND_DEPLOY}.`,
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.sku,
  },
  'sku-blocked': {
    class: 'data-invalid',
    owner: 'data',
    title: 'Item is stopped in the ERP',
    sentence: 'the ERP has stopped {what} for sales, so a return cannot be posted.',
    meaning:
      'The ERP knows the item and refuses to post with it, for example because of a recall. Nothing was posted; keep the ' +
      'goods in inspection meanwhile and do not sell them. It was not tried again and again.',
    evidence: 'Each stopped SKU is shown; received is what the ERP says of it.',
    steps: [
      'Ask whoever keeps the item data why it is stopped. After a recall the goods must not go back to stock.',
      'Take the stop off, at least until the return is posted. Dynamics 365: the released product, Manage inventory > ' +
        'Default order settings, Sales order, Stopped: No. Business Central: the item card, Blocked: No. Brightpearl: set the product’s status to live.',
      RESUME_ALL,
      'Stop the item again, if that is needed.',
      BY_HAND,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.sku,
  },
  'sku-discontinued': {
    class: 'data-invalid',
    owner: 'data',
    title: 'Item is discontinued in the ERP',
    sentence: '{what} is discontinued in the ERP, so a return cannot be posted.',
    meaning:
      'The item was delisted after it had been sold, and the ERP takes no postings with it any more. Nothing was posted; ' +
      'the goods stay in inspection and the customer’s credit waits. You choose: revive the item, or book a substitute.',
    evidence: 'Each discontinued SKU is shown; received is the state that the ERP has it in.',
    steps: [
      'Choose: revive the item if it may be posted once more, for example to sell it off; else book a substitute.',
      'To revive it: set it active. Dynamics 365: the released product, Product lifecycle state. Brightpearl: set the ' +
        'product’s status to live. Then press “Resume”, or “Resume all” on the page of the cause, and delist it again afterwards.',
      'To substitute it in Brightpearl: have a row added to “Items sent instead of others” in the Brightpearl Sales Credit ' +
        'node, from the substitute to this SKU. Then press “Correct”, enter the substitute as “SKU”, and save.',
      'To substitute it in Dynamics 365, where a return order must hold what was sold: post the return by hand on the ' +
        'substitute, press “Done outside” and write down its number.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.sku,
  },
  substitution: {
    class: 'data-invalid',
    owner: 'customer service',
    title: 'Another item than its order line',
    sentence: 'another item comes back than its order line names ({what}). Nothing was posted.',
    meaning:
      'The return names a line of the order, and the ERP has another item on that line. Either another item was sent out ' +
      'instead, or the wrong one comes back. Nothing was posted: price and stock would be those of the other item.',
    evidence: 'Expected is the SKU on the line of the order, received the SKU that comes back.',
    steps: [
      'Compare both, and ask the warehouse what was sent out and what has arrived.',
      'If it was sent instead of the ordered one, have a row added to “Items sent instead of others” of the SKU Validator, ' +
        'from what comes back to what was ordered, and press “Resume”. The posting node needs to know it as well.',
      'If the platform’s SKU is wrong, press “Correct”, change “SKU”, and save.',
      BY_HAND,
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'line-not-on-order': {
    class: 'data-invalid',
    owner: 'customer service',
    title: 'Item is not on the original order',
    sentence: 'the original order has no line for {what}.',
    meaning:
      'The returned item was not sold on the order that the return names. Nothing was posted, since the price to give back ' +
      'is not known. Either another item was sent out, or the return names the wrong order.',
    evidence: 'Expected lists what the order holds, received is the SKU that comes back.',
    steps: [
      'Compare both, and ask the customer or the warehouse which item it is.',
      'If the return names the wrong order or SKU, press “Correct”, change “Order number” or “SKU”, and save.',
      'If another item was sent out than ordered, correct the order in the ERP, and press “Resume”. For Brightpearl a row ' +
        'in “Items sent instead of others” of the Brightpearl Sales Credit node does the same for all of them.',
      BY_HAND,
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'quantity-over-order': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'More comes back than was sold',
    sentence: 'more comes back than was sold ({what}).',
    meaning:
      'Together with earlier returns of the order, more units come back than were sold. Nothing was posted, since it would ' +
      'give back money that was never paid; only where the sentence names a credit note, that one is there already.',
    evidence:
      'Expected is how many units may still come back, received how many were sent now. The sentence tells sold and returned before.',
    steps: [
      'Open the order in the ERP with its earlier returns, and compare the quantities with those that are shown.',
      'If the platform’s quantity is wrong, press “Correct”, change “Quantity”, and save.',
      'If an earlier return was posted with too many, correct it in the ERP and press “Resume”.',
      'If a credit note is named, reverse it or the other return in the ERP, press “Done outside” and write down which.',
      'If it is a return that was posted already under another number, press “Discard” and write down that number.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'quantity-not-whole': {
    class: 'data-invalid',
    owner: 'data',
    title: 'Quantity is not whole pieces',
    sentence: 'the ERP takes whole pieces only ({what}); nothing was rounded.',
    meaning:
      'The platform sent no quantity, or a part of a piece. Nothing was posted and nothing was rounded, since stock and ' +
      'money would differ from then on.',
    evidence: 'Received is the quantity as it came.',
    steps: [
      'Find out from the platform or the warehouse how many pieces come back.',
      'Press “Correct”, enter it as “Quantity”, and save: the return goes on with it.',
      'Where it happens often, have the quantity corrected where the platform gets it from.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'unit-mismatch': {
    class: 'data-invalid',
    owner: 'data',
    title: 'Sold in another unit than pieces',
    sentence:
      'the order was sold in another unit than single pieces ({what}); nothing was converted or rounded.',
    meaning:
      'The order counts this item in packs or cases, and the platform counts single pieces. Nothing was posted: a wrong ' +
      'factor would book too much stock and give back too much money.',
    evidence:
      'Expected is the unit for single pieces of the connection, received the unit on the order line.',
    steps: [
      'Agree with finance and the warehouse how many pieces the unit holds.',
      'Post this return by hand in the order’s unit, press “Done outside” and write down its number.',
      'If the unit on the order is a mistake, correct it there, and press “Resume”, or “Resume all” on the page of the cause.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.sku,
  },
  'reason-unmapped': {
    class: 'data-invalid',
    owner: 'data',
    title: 'Return reason without an ERP code',
    sentence: 'the return reason has no ERP reason code ({what}). No default is used.',
    meaning:
      'The platform sent a reason that stands in no row of the table of reasons. Nothing was posted; a default would make the ' +
      'reports on reasons, and what is done with the goods, wrong in silence.',
    evidence: 'Received is the reason as the platform writes it.',
    steps: [
      'Decide with finance and the warehouse which code of the ERP the reason means.',
      `In the editor, add a row for it where Expected says that it is missing: to the table “Reasons” of Return Mappings, or to “Return reasons” of the posting node, ${AND_DEPLOY}.`,
      RESUME_ALL,
      'If the reason of this return is a mistake, press “Correct”, change “Reason”, and save.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.value,
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
