import { RESUME, type CatalogueEntry } from './catalogue-entry';

/** What is wrong with a credit, its posting or its refund. */
export const MONEY_EXCEPTIONS = {
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
  'amount-mismatch': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'the ERP’s document does not carry the expected amount ({what}).',
    steps: [
      'Open the document in the ERP and compare price, discount, tax and quantity with the original order.',
      'Correct the document, then resolve the exception.',
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
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
