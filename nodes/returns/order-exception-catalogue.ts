import { BY_HAND, CLOSES, PRIORITY, RESUME, type CatalogueEntry } from './catalogue-entry';

/** What is wrong with the original order or its customer. */
export const ORDER_EXCEPTIONS = {
  'blind-return': {
    class: 'data-invalid',
    owner: 'customer service',
    title: 'Return with no known order',
    sentence:
      'nobody knows which order it belongs to ({what}). No order was guessed, and nothing was posted.',
    meaning:
      'The goods come back without an order: a gift, a marketplace sale, or a shopper who had no number. Nothing was ' +
      'posted, since price, tax and customer are those of the order, and a guessed one would pay the wrong person.',
    evidence:
      'Expected is an order number; none came. Where the shop’s own id of an order came with it, the sentence shows it.',
    steps: [
      'Ask the customer, or look the return up at the returns platform, to find the order it belongs to.',
      'If it is found, press “Correct”, enter its number as “Order number”, and save: the return goes on with it.',
      'If there is none, decide with finance what the customer gets, and post that by hand in the ERP.',
      BY_HAND,
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'order-reference-missing': {
    class: 'data-invalid',
    owner: 'integration',
    title: 'Return without an order number',
    sentence: 'the event names no original order ({what}). The ERP was not called.',
    meaning:
      'The returns platform sent the return without the number of the original order. Nothing was posted: no stock moved ' +
      'and no money. The return waits until its order is known; other returns go on.',
    evidence: 'The sentence names the empty field. The return’s number finds it at the returns platform.',
    steps: [
      'Look the return up at the returns platform by its return number, and find the order it belongs to.',
      'Press “Correct”, enter that number as “Order number”, and save: the return goes on with it.',
      'Where it happens often, check that the shop passes its order number to the returns platform.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'order-reference-invalid': {
    class: 'data-invalid',
    owner: 'integration',
    title: 'Order number not well formed',
    sentence: 'the order number is not well formed ({what}). The ERP was not called.',
    meaning:
      'The order number does not look as order numbers of this shop must look, so it was not searched for. Nothing was ' +
      'posted: no stock moved and no money.',
    evidence:
      'The sentence shows the number as it came; characters that cannot be printed stand as question marks.',
    steps: [
      'Compare the number that is shown with the order in the shop.',
      'Press “Correct”, enter the right number as “Order number”, and save: the return goes on with it.',
      'If the number is right, the pattern “Order numbers” in the posting node is too narrow: have it widened, then press “Resume”.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'order-unknown': {
    class: 'data-invalid',
    owner: 'customer service',
    title: 'Order not found in the ERP',
    sentence: 'the ERP has no sales order for it ({what}). Nothing was posted.',
    meaning:
      'The ERP has no sales order with this number, so there is nothing to return or credit. The customer waits for the ' +
      'money; no stock moved. No stand-in order is ever used.',
    evidence:
      'The sentence shows the order number, and for Brightpearl the fields in which it was looked for.',
    steps: [
      'Search the ERP for the number. Dynamics 365: Accounts receivable > Orders > All sales orders, also in your other ' +
        'companies. Brightpearl: the list of sales orders.',
      'If the order was never imported, have it imported from the shop, then press “Resume”.',
      'If the number is wrong, press “Correct”, enter the right one as “Order number”, and save: the return goes on with it.',
      'If the order is from before this ERP, refund the customer by hand and press “Done outside”.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'order-ambiguous': {
    class: 'data-invalid',
    owner: 'integration',
    title: 'Several orders with this number',
    sentence: 'the ERP has several sales orders for it ({what}). None was chosen.',
    meaning:
      'More than one sales order carries this order number. The flow does not choose, since the wrong choice would ' +
      'credit another sale. Nothing was posted.',
    evidence: 'The sentence lists the sales orders that were found.',
    steps: [
      'Open the sales orders that are named and find the one that holds the returned items.',
      'Change the reference of the others in the ERP so that it is unique, then press “Resume”.',
      'Where it happens often, have another field chosen in the connection: “Order no. is in” for Dynamics 365, “Order is ' +
        'looked for by” for Brightpearl.',
      BY_HAND,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'order-not-invoiced': {
    class: 'state-blocked',
    owner: 'finance',
    title: 'Original order not invoiced yet',
    sentence: 'the original order is not invoiced yet ({what}), so it cannot be returned.',
    meaning:
      'The sale has not been invoiced, so the ledger has no revenue that a credit could reverse. Nothing was posted. With ' +
      'Brightpearl the flow has waited for the invoice by itself before it asked for you.',
    evidence:
      'The sentence names the sales order and its state. With Brightpearl the detail lists each look with its time.',
    steps: [
      'Open the sales order in the ERP and find out why it is not invoiced: not shipped, on hold, or forgotten.',
      'Post its invoice. Dynamics 365: Invoice > Generate > Invoice on the sales order. Brightpearl: Invoice on the order.',
      RESUME,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'order-locked': {
    class: 'state-blocked',
    owner: 'customer service',
    title: 'Original order locked for too long',
    sentence: 'the original order was locked for longer than the flow waits ({what}). Nothing was posted.',
    meaning:
      'Somebody or something holds the original order, and it stayed so for longer than the flow waits. The customer waits ' +
      'for the credit. No stock moved and no money.',
    evidence:
      'The sentence tells what locks the order: a status, an invoice under way, or a return order that is stopped. The detail ' +
      'lists each look with its time.',
    steps: [
      'Open the order in the ERP, and find out from its status or its history who holds it and why.',
      'Release it there: move it out of the locked status, or finish its invoice. Dynamics 365: where the sentence names a ' +
        'return order that is stopped, open it under Sales and marketing > Sales returns, and take the stop off.',
      RESUME,
      BY_HAND,
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'order-cancelled': {
    class: 'data-invalid',
    owner: 'customer service',
    title: 'Original order is cancelled',
    sentence: 'the original order is cancelled in the ERP ({what}), so there is nothing to credit.',
    meaning:
      'The ERP says that this sale was cancelled, and a return came for it all the same. Nothing was posted. Either the ' +
      'goods were shipped although the order is cancelled, or the return is a mistake.',
    evidence: 'The sentence names the order and the status that says cancelled.',
    steps: [
      'Find out in the ERP and in the shop whether the order was shipped and paid.',
      'If it was, take the cancellation back in the ERP, and press “Resume”.',
      'If it was not, have the platform close the return, press “Discard” and write down why.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'order-historical': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Order was imported as history',
    sentence:
      'the original order was imported as history ({what}): the ledger has no entries of it that a credit could reverse.',
    meaning:
      'The sale was brought into the ERP as history, without entries in the ledger. A usual credit would reverse revenue ' +
      'that was never booked there, so none was posted.',
    evidence: 'The sentence names the order.',
    steps: [
      'Decide to which account refunds of such orders are posted.',
      'Post this one by hand in the ERP, press “Done outside” and write down its number.',
      'If such orders shall be credited by the flow from now on, have “Historical orders” switched on in the Brightpearl ' +
        'Sales Credit node, then press “Resume”.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'customer-unknown': {
    class: 'data-invalid',
    owner: 'customer service',
    title: 'Customer of the order not found',
    sentence: 'the customer of the order is not in the ERP ({what}). Nothing was posted.',
    meaning:
      'The order names a customer account that the ERP does not have, so no credit could be given to anybody. Nothing was ' +
      'posted. A stand-in account is never used.',
    evidence:
      'The sentence shows the account or the order. No name or address of the customer is shown here.',
    steps: [
      'Search the account in the ERP, and find out whether it was merged or deleted. Dynamics 365: Accounts receivable > ' +
        'Customers > All customers.',
      'Restore the account, or move the order to the right one.',
      RESUME,
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'customer-on-hold': {
    class: 'state-blocked',
    owner: 'finance',
    title: 'Customer of the order is on hold',
    sentence: 'the customer of the order is on hold in the ERP ({what}), so no credit can be posted.',
    meaning:
      'Somebody has put the customer’s account on hold, and the ERP posts no invoices or credits to it meanwhile. Nothing ' +
      'was posted: no stock moved and no money.',
    evidence:
      'The sentence shows the account and what it is on hold for. No name of the customer is shown here.',
    steps: [
      'Find out who put the account on hold and why. Dynamics 365: Accounts receivable > Customers > All customers, ' +
        'Credit and collections, Invoicing and delivery on hold. Business Central: the customer card, Blocked: All.',
      'Take the hold off if the credit may be given, at least until it is posted.',
      RESUME,
      BY_HAND,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
