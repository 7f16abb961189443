import { RESUME, type CatalogueEntry } from './catalogue-entry';

/** What is wrong with a return that is to be posted together with others. */
export const BATCH_EXCEPTIONS = {
  'batch-member-invalid': {
    class: 'data-invalid',
    owner: 'data',
    sentence: 'it cannot be posted in a batch ({what}). The other returns of the batch were not held up.',
    steps: [
      'Look at the lines that are shown, and have the platform or the warehouse send what is missing.',
      'Resume the return in the Exception Router; it goes into the next batch.',
    ],
  },
  'batch-value-missing': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'its batch needs a value for each line, and none is known ({what}).',
    steps: [
      'Find out what the line is worth, and have the price sent, or post it before it comes to the batch.',
      'Or let the batch node take lines without a value: they are counted then, and not valued.',
      RESUME,
    ],
  },
  'batch-group-failed': {
    class: 'config',
    owner: 'integration',
    sentence: 'nobody can tell which batch it belongs to ({what}). No default is used.',
    steps: [
      'Compare the return with what the batch node groups by: company, currency, warehouse, or its expression.',
      'Have the missing value set before the batch node, or correct its settings, and deploy.',
      RESUME,
    ],
  },
  'batch-line-refused': {
    class: 'data-invalid',
    owner: 'data',
    sentence: 'the ERP refused what it brought to a batch: {what}. The rest of the batch is not held up.',
    steps: [
      'Read the ERP’s own words, and mend the item, warehouse or account that they name.',
      'Resume the return in the Exception Router; only the refused lines go into the next batch.',
    ],
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
