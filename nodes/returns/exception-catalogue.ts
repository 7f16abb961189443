import { BATCH_EXCEPTIONS } from './batch-exception-catalogue';
import { RESUME, type CatalogueEntry } from './catalogue-entry';
import { GOODS_EXCEPTIONS } from './goods-exception-catalogue';
import { MONEY_EXCEPTIONS } from './money-exception-catalogue';
import { ORDER_EXCEPTIONS } from './order-exception-catalogue';

export { OWNERS, type CatalogueEntry } from './catalogue-entry';

/** What is wrong between us, the platform and the ERP. */
const TECHNICAL_EXCEPTIONS = {
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

/**
 * Every exception that a node may raise. Codes are stable: flows and reports rely on them.
 */
export const CATALOGUE = {
  ...ORDER_EXCEPTIONS,
  ...MONEY_EXCEPTIONS,
  ...GOODS_EXCEPTIONS,
  ...BATCH_EXCEPTIONS,
  ...TECHNICAL_EXCEPTIONS,
} as const satisfies Readonly<Record<string, CatalogueEntry>>;

export type ExceptionCode = keyof typeof CATALOGUE;
