import { CLOSES, PRIORITY, RESUME, type CatalogueEntry } from './catalogue-entry';

/** Why the refund of a posted credit does not go: it was refused, somebody else has made it, or it is stuck. */
export const REFUND_EXCEPTIONS = {
  'refund-declined': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Refund refused',
    sentence: 'the refund was refused ({what}). The customer has not got the money.',
    meaning:
      'The credit is posted, and its refund was refused: by the ERP, which did not take or post the payment, or by the payment ' +
      'provider, which declined it. No money has gone to the customer.',
    evidence:
      'The sentence names the credit and says why, in the ERP’s own words. Each payment that was declined is shown with its status ' +
      'as received.',
    steps: [
      'Dynamics 365: open the payment journal that is named (Accounts receivable > Payments > Customer payment journal) and ' +
        'validate it, or, for a call center, the return order’s payments.',
      'Mend what it says: a closed period, a missing account or voucher, or an expired card.',
      'Press “Resume”: the same journal is posted, or the payments are read again. Nothing is paid twice.',
      'If you refund it in another way, delete the journal that is not posted, press “Done outside” and write down the number.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'refund-by-others': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Credit refunded or used already',
    sentence: 'the credit is refunded already, or used otherwise ({what}). The flow made no refund.',
    meaning:
      'There is a payment for this return that the flow did not make, or the credit was settled with something else, such as an ' +
      'open invoice. The flow made no refund; a second one would pay the customer twice.',
    evidence:
      'Each payment journal of somebody else is shown with its method and amount as received, or what is open of the credit note; ' +
      'expected is the refund that is due.',
    steps: [
      'Dynamics 365: open the payment journal that is named, or the credit note under All customers > Transactions > View ' +
        'settlement, and compare it with the return.',
      'If the customer has the money, press “Done outside” and write down its number.',
      'If it is a mistake, reverse the payment or the settlement there, or delete a journal that is not posted, and press “Resume”.',
      'Find out who makes refunds besides this flow, and have that stopped.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'credit-blocked': {
    class: 'state-blocked',
    owner: 'finance',
    title: 'Credit posted, refund is stuck',
    sentence: 'the credit is posted, and its refund does not go ({what}).',
    meaning:
      'The credit stands in the customer’s account, and its refund cannot be paid: the account is on hold, or nobody has posted ' +
      'the payment in the agreed time. The customer waits for the money.',
    evidence:
      'The sentence names the credit, its amount, what is in the way, and how long ago it was posted.',
    steps: [
      'If the account is on hold, find out why. Dynamics 365: Accounts receivable > Customers > All customers, Credit and ' +
        'collections, Invoicing and delivery on hold.',
      'If a payment journal waits, look in Dynamics 365 whether the batch job that posts payment journals runs, and what it said of ' +
        'this one; a journal without a voucher lacks a number sequence.',
      'If a call center refunds by itself, press Complete on the return order there.',
      RESUME,
      'If you refund it by hand instead, delete the journal that is not posted, press “Done outside” and write down its number.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
