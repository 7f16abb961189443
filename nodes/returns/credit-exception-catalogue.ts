import {
  AND_DEPLOY,
  BY_HAND,
  CLOSES,
  PRIORITY,
  RESUME,
  RESUME_ALL,
  type CatalogueEntry,
} from './catalogue-entry';

/** Why a credit cannot be made: its value, its tax, its period, or other people's credits. */
export const CREDIT_EXCEPTIONS = {
  'credit-by-others': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Goods credited by somebody else',
    sentence:
      'somebody else has credited the same goods already, or is taking them back, perhaps for this return ({what}). Nothing was posted.',
    meaning:
      'There is a credit or a return order for the same goods that the flow did not make: a person or another app made it. In ' +
      'Business Central it may be for another sale to the same customer, for a credit memo need not name the order. Nothing ' +
      'was posted; a second credit would pay the customer twice.',
    evidence:
      'Each line shows the number of that credit or return order as its field, and its quantity, of a credit also what it is ' +
      'worth, as received. The sentence tells which it is and, where the ERP tells it, when it was made and by whom.',
    steps: [
      'Open the credit or return order that is named in the ERP, and compare product, quantity and amount with the return.',
      'If it is for this return, leave it as the credit, press “Done outside” and write down its number. If the flow has made ' +
        'a return order or a draft for the same goods, cancel or delete that one in the ERP.',
      'If it was made by mistake, or for other goods, cancel or correct it in the ERP, and press “Resume”.',
      'If it is for other goods and stays, and the ERP is Business Central, press “Note”, write the number of that credit and ' +
        'what it is for, and press “Resume”: a credit whose number is in a note here is not asked about again for this return.',
      'Find out who makes credits besides this flow, for example the shop app’s own switch, and have that turned off.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'value-over-order': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Credit exceeds what the order has left',
    sentence: 'more would be credited than the original line has left ({what}). Nothing was posted.',
    meaning:
      'With earlier credits of the order, or because the fees exceed the goods, this credit would come to more than the ' +
      'order has left or to less than nothing. Nothing was posted.',
    evidence:
      'Expected is the most that may still be credited, received what this return comes to. The sentence tells sold and credited before.',
    steps: [
      'Open the order in the ERP with its earlier credits, and compare their amounts with those that are shown.',
      'If an earlier credit is wrong, correct it in the ERP, and press “Resume”.',
      'Else post by hand what is still owed, press “Done outside” and write down its number.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'price-mismatch': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Platform and order differ in price',
    sentence: 'the platform’s amount differs from the original order by more than is allowed ({what}).',
    meaning:
      'The platform tells another price for a line than the customer paid by the original order. Nothing was posted, since ' +
      'one of the two is wrong and the customer may have been told the other.',
    evidence:
      'Expected is the amount by the order, received the amount by the platform, both for the returned quantity.',
    steps: [
      'Compare both amounts with what the customer paid: discounts, shipping and tax are the usual reasons.',
      'If the order is wrong, correct it in the ERP, and press “Resume”: the order’s amount is credited.',
      'If the difference is acceptable, have “Price tolerance” raised above it, in the SKU Validator and in the Brightpearl ' +
        'Sales Credit node, and press “Resume”.',
      BY_HAND,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'tax-mismatch': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Platform and order differ in tax',
    sentence: 'the platform’s tax differs from the tax of the original order ({what}). Nothing was posted.',
    meaning:
      'The platform tells another tax for a line than the customer was invoiced. Nothing was posted, since the tax to give ' +
      'back is that of the invoice and one of the two figures is wrong.',
    evidence:
      'Expected is the tax by the order, received the tax by the platform, both for the returned quantity.',
    steps: [
      'Compare both with the invoice: another rate, another country, or a tax that was changed after the sale.',
      'If the order is wrong, have its tax corrected in the ERP, and press “Resume”.',
      'If the order is right and the platform’s figure means nothing here, have “Tax is the order’s” of the SKU Validator ' +
        'switched off, or “Price tolerance” raised above the difference, and press “Resume”: the order’s tax is credited.',
      BY_HAND,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'bundle-part': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Only a part of a bundle comes back',
    sentence: 'only a part of a bundle comes back ({what}), and the order gives no value to the part.',
    meaning:
      'The item was sold as a part of a bundle with one price for all. The order does not tell what the part is worth, so no ' +
      'credit was made; no value is guessed.',
    evidence:
      'The line shows the SKU and how many of it come back. Where Return Mappings tell the bundle, the sentence names it.',
    steps: [
      'Agree what a part of this bundle is worth.',
      'Post this credit by hand, press “Done outside” and write down its number.',
      'If parts shall be worth an even share of the bundle from now on, have “Part of a bundle” of the Brightpearl Sales ' +
        'Credit node set to “an even share of the bundle’s price”, and “Part of a bundle has a price” of the SKU Validator ' +
        'switched off; then press “Resume”.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'tax-unmapped': {
    class: 'data-invalid',
    owner: 'data',
    title: 'Tax code not known in the ERP',
    sentence: 'the tax of the order has no code in the ERP ({what}). No other code is used instead.',
    meaning:
      'A line of the original order carries a tax code that the ERP does not have now, or a code or rate that stands in no row ' +
      'of Return Mappings, so its credit could carry wrong tax. Nothing was posted.',
    evidence:
      'Received is the tax code, or else the rate, on the line of the order; blank where it has none. Expected tells whether a ' +
      'row is missing.',
    steps: [
      'Open the original order in the ERP and look at the tax code of the line that is shown.',
      'If the ERP lacks that code, restore it among its tax codes, or correct the line of the order; ask finance which.',
      `If a row is missing and finance confirms the code, open Return Mappings in the editor, add a row for it to the table “Tax”, ${AND_DEPLOY}.`,
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.value,
  },
  'fee-unmapped': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Fee without an account',
    sentence: 'a fee has no row in the table of fees ({what}). The credit was not sent.',
    meaning:
      'The platform keeps back a fee that the flow does not know how to post, or its amount cannot be used. The credit was not ' +
      'sent: without the fee the customer would get too much.',
    evidence: 'Received is the name of the fee, expected what is missing: a row in the table, or an amount.',
    steps: [
      'Decide on which account (nominal code) and with which tax code this fee is posted.',
      `In the editor, add a row for it where Expected says that it is missing: to the table “Fees” of Return Mappings, or to “Fees that lower the credit” of the Brightpearl Sales Credit node, ${AND_DEPLOY}.`,
      RESUME_ALL,
      BY_HAND,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.value,
  },
  'period-closed': {
    class: 'state-blocked',
    owner: 'finance',
    title: 'Accounting period is closed',
    sentence: 'the accounting period of the credit is closed ({what}). Nothing was posted.',
    meaning:
      'The day that the posting belongs to lies in a period whose books are closed, and the flow is set to ask you instead of ' +
      'posting on the first open day, or the ERP refuses today as well. Nothing was posted on that day; the return waits.',
    evidence:
      'The sentence shows the day, and until when the books are closed; of Business Central the days that it refused, and the ' +
      'setting that does it.',
    steps: [
      'Decide on which day it is posted: its own, or the first open one.',
      'For its own day, open the period in the ERP (Dynamics 365: General ledger > Calendars > Ledger calendars, its status and ' +
        'the access of its modules; Business Central: the setting that the sentence names), press “Resume”, or “Resume all” ' +
        'on the page of the cause, and close the period again.',
      'For the first open day, have “If it is closed” set to “post on the first open day” in the node that is named under ' +
        'Parked by, then press “Resume”, or “Resume all” on the page of the cause.',
      BY_HAND,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.brand,
  },
  'credit-line-refused': {
    class: 'data-invalid',
    owner: 'data',
    title: 'ERP refused a line of the credit',
    sentence: 'the ERP refused a line of the credit: {what}',
    meaning:
      'The ERP did not take the credit because of something on one of its lines. No credit was made, not even for the other ' +
      'lines, and it is not sent again until somebody has looked.',
    evidence:
      'The line and the field that the ERP names are shown; received is what the ERP said, in its own words.',
    steps: [
      'Read the ERP’s words and find the product, tax code or account that they name.',
      'Mend that in the ERP: for example make the product live, restore the tax code, or open the account.',
      RESUME,
      'If the words do not help, press “Assign” and give it to integration.',
    ],
    priority: PRIORITY.first,
    closes: CLOSES.alone,
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
