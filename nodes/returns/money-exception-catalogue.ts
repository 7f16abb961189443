import {
  AND_DEPLOY,
  BY_HAND,
  CLOSES,
  PRIORITY,
  RESUME,
  RESUME_ALL,
  type CatalogueEntry,
} from './catalogue-entry';

/** What is wrong with a credit that exists: its amount, its posting, its refund, or that it should not be there. */
export const MONEY_EXCEPTIONS = {
  'credit-not-invoiced': {
    class: 'state-blocked',
    owner: 'finance',
    title: 'Credit not posted by accounting',
    sentence: 'the credit exists, and accounting has not posted it ({what}).',
    meaning:
      'The credit was made and handed to accounting, and its invoice is still pending. The ledger does not know of it yet: the ' +
      'customer’s account is too high until it is posted. The flow waited for it by itself before it asked for you.',
    evidence: 'The sentence names the credit and its amount. The detail lists each look with its time.',
    steps: [
      'Open the credit in the ERP: its invoice number says pending.',
      'Look for a closed period, a missing account or a blocked customer, and mend it there.',
      'Invoice the credit in the ERP.',
      RESUME,
    ],
    priority: PRIORITY.first,
    closes: CLOSES.alone,
  },
  'goods-not-ready': {
    class: 'state-blocked',
    owner: 'warehouse',
    title: 'Goods are not ready to be credited',
    sentence:
      'the goods are accepted, and the ERP does not have them registered ({what}). No credit was posted.',
    meaning:
      'The platform says that the goods are accepted, and the ERP still expects them, has them in quarantine, or lacks their ' +
      'disposition. The flow waited for it by itself before it asked for you. Without it no credit can be posted.',
    evidence:
      'The sentence names the return order and, for each item, what is missing. The detail lists each look with its time.',
    steps: [
      'Open the return order in the ERP. Dynamics 365: Sales and marketing > Sales returns > All return orders; look at the ' +
        'return status of each line.',
      'Expected: post its item arrival journal. Quarantine: end the quarantine order with a disposition code. Registered ' +
        'without a disposition code: set one.',
      'If goods are named that are registered and not accepted, have the platform accept or reject them.',
      RESUME,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'credit-not-posted': {
    class: 'state-blocked',
    owner: 'finance',
    title: 'Credit note is not posted for too long',
    sentence: 'the goods are registered, and the ERP has not posted the credit note ({what}).',
    meaning:
      'Everything for the credit is there, and the ERP’s batch job or posting service has not posted it for longer than the flow ' +
      'waits. The customer’s account is too high until it is posted; nothing is refunded.',
    evidence: 'The sentence names the return order. The detail lists each look with its time.',
    steps: [
      'Open the return order in the ERP and try to post its packing slip and then its invoice: the message tells what is in the way.',
      'Dynamics 365: look at System administration > Inquiries > Batch jobs whether the jobs that post packing slips and ' +
        'invoices of return orders run, and at what they say.',
      'Have integration mend the batch job or the posting service; or post the credit note in the ERP yourself: it is found.',
      RESUME,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'posting-without-effect': {
    class: 'ambiguous',
    owner: 'integration',
    title: 'ERP says posted, and nothing is posted',
    sentence: 'the ERP answered that it posted, and nothing has changed there ({what}).',
    meaning:
      'The posting service told that a document was posted, and the document was read back: it is not. What the answer says was ' +
      'not believed, so the return is not taken for done.',
    evidence:
      'Each line shows the status that it should have by now as expected, and its status as received.',
    steps: [
      'Look in the ERP whether the document that the sentence names is there, and why its lines have not moved.',
      'Ask who made the posting service: it must answer only after it has posted, and for the same company.',
      RESUME,
      BY_HAND,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'credit-needs-authorisation': {
    class: 'state-blocked',
    owner: 'finance',
    title: 'Credit needs a person’s authorisation',
    sentence: 'the credit needs the word of a person before it is posted ({what}).',
    meaning:
      'The credit exists in the ERP and is above what the flow may authorise, or the ERP asks for a person. It is not in the ' +
      'ledger and nothing is refunded until then.',
    evidence: 'Expected is the most that the flow may authorise, received the amount of the credit.',
    steps: [
      'Open the credit in the ERP and compare it with the return.',
      'If it is right, move it to its authorised status there, and press “Resume”: the flow posts it.',
      'If it is wrong, cancel it in the ERP, press “Done outside” and write down what was done instead.',
    ],
    priority: PRIORITY.first,
    closes: CLOSES.alone,
  },
  'amount-mismatch': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Posted document differs from what was meant',
    sentence: 'the ERP’s document is not as it was meant ({what}).',
    meaning:
      'The document was created, and when it was read back it said something else than was sent: another amount, quantity or ' +
      'place, or no goods came in with it. It is in the ERP, so stock or money may be wrong by the difference. What follows it ' +
      'has not been done yet.',
    evidence: 'Expected is what was sent, received what the ERP holds now, field by field.',
    steps: [
      'Open the document in the ERP and compare price, discount, tax and quantity with the original order.',
      'Correct the document there. For a rounding difference that finance accepts, leave it and write a “Note”.',
      'Where it is stock that differs, the goods did not come in with the document. Ask the warehouse whether they are there, ' +
        'and book them in by hand: in Business Central with an item journal for these items, never with a second credit memo.',
      'Press “Resume”: nothing is posted a second time, and the return goes on to what follows.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'credited-but-rejected': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Goods rejected after the credit',
    sentence: 'the goods were rejected after they had been credited ({what}).',
    meaning:
      'The customer has been credited, and the warehouse has now rejected the goods. The money is out and nothing of worth came ' +
      'in. The credit is not reversed by itself; the exposure shows it apart, as rejected, until you have settled it.',
    evidence:
      'The sentence names the credit, and its amount where that is known: as much as would have to be reversed.',
    steps: [
      'Decide with customer service whether the customer is charged again.',
      'If so, reverse the credit in the ERP; if not, accept the loss and book it.',
      'Press “Done outside” and write down what was decided, with the number of the reversal.',
    ],
    priority: PRIORITY.usual,
    closes:
      'A person closes it with “Done outside”; from then on the exposure no longer shows the credit. Nothing is posted by the flow ' +
      'and no others go with it. After “Resume” it comes back, unless the goods were accepted after all.',
  },
  'credited-but-cancelled': {
    class: 'data-invalid',
    owner: 'customer service',
    title: 'Return cancelled after the credit',
    sentence: 'the return was cancelled after it had been credited ({what}).',
    meaning:
      'The customer has been credited, and the platform has now cancelled the return, for example because it expired. What the ' +
      'customer was told about the refund and what the books say differ. The credit is not reversed by itself.',
    evidence: 'The sentence names the credit.',
    steps: [
      'Find out at the platform, or from the customer, whether the goods are still coming.',
      'If they are, press “Done outside” and write down that the credit stands.',
      'If they are not, press “Assign” and give it to finance, who reverses the credit in the ERP and then presses “Done outside”.',
    ],
    priority: PRIORITY.promised,
    closes:
      'A person closes it with “Done outside”. Nothing is posted by the flow and no others go with it. After “Resume” it closes ' +
      'when the return has gone through again, and the credit stays.',
  },
  'payment-method-unmapped': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'No rule how to refund this payment',
    sentence: 'it is not known how this refund is booked ({what}). No refund was booked.',
    meaning:
      'The credit exists, and the flow does not know how to book its refund: the order was paid in a way, or the customer chose a ' +
      'kind of refund, that has no row, or the ERP takes no refunds from outside. No refund was booked; the way is never guessed.',
    evidence:
      'The sentence tells what is not known. Where there are lines, received is the payment method of the order, or the ' +
      'customer’s choice; expected what has a row.',
    steps: [
      'Decide how this is refunded, for example a gift card to a gift card.',
      `Brightpearl: in the editor, double-click the Brightpearl Sales Credit node, add the method to “Payment methods, in the order they are refunded”, or the choice to “Shopper chose”, ${AND_DEPLOY}.`,
      `Dynamics 365 Finance & SCM: in the editor, add a row to the table “Payment methods” of Return Mappings, or of the D365 Credit Note node where that table has rows, ${AND_DEPLOY}. The method must be there and fit: Accounts receivable > Payments setup > Methods of payment.`,
      'Dynamics 365 Business Central: it takes no refunds from outside. Book the refund there, then go to the last step; where ' +
        'nobody wants to be told again, have “Book the refund” of the D365 Credit Note node set to “no”.',
      RESUME_ALL,
      'If you book the refund by hand instead, press “Done outside” and write down its number.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.value,
  },
  'refund-over-paid': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Refund exceeds what was paid',
    sentence: 'more would be refunded than was paid ({what}). No refund was booked.',
    meaning:
      'The credit exists, and the payments of the order, less earlier refunds, do not cover it. No refund was booked. Often it ' +
      'was refunded already, by the shop or by hand.',
    evidence:
      'Each payment method of the order is shown with what is left on it as expected, and the refund that is due as received.',
    steps: [
      'Compare the payments of the order and its earlier refunds in the ERP, the shop and at the payment provider.',
      'If the customer has been refunded already, press “Done outside” and write down where.',
      'If a payment is missing in the ERP, book it there, and press “Resume”.',
      'If more is owed than was paid, refund it by hand, press “Done outside” and write down its number.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'stock-without-credit': {
    class: 'state-blocked',
    owner: 'finance',
    title: 'Goods are in, credit is missing',
    sentence: 'the goods are there, and the credit is not, for longer than agreed ({what}).',
    meaning:
      'The goods were received or booked in, and there is no credit for them after the agreed time. The customer waits for the ' +
      'money, and the stock has no counterpart in the books.',
    evidence: 'The sentence tells what arrived, on which day, and by how much the credit is late.',
    steps: [
      'Search this return’s number in the sidebar: another open exception of it usually says why the credit is not there.',
      'Clear that one first.',
      'Where there is none, look for the credit in the ERP. If it was made by hand, press “Done outside” and write down its number.',
      'Where nobody made it, press “Resume”: the return goes through the flow again and is credited once.',
    ],
    priority: PRIORITY.promised,
    closes:
      'It closes by itself when the credit exists, or when the goods are rejected. Until then it is raised again once a day. It ' +
      'concerns this return alone; no others go with it.',
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
