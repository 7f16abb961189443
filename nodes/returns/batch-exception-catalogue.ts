import { AND_DEPLOY, CLOSES, PRIORITY, RESUME, RESUME_ALL, type CatalogueEntry } from './catalogue-entry';

/** What is wrong with a return that is to be posted together with others. */
export const BATCH_EXCEPTIONS = {
  'batch-member-invalid': {
    class: 'data-invalid',
    owner: 'data',
    title: 'Return cannot go into its batch',
    sentence: 'it cannot be posted in a batch ({what}). The other returns of the batch were not held up.',
    meaning:
      'Returns are collected and posted together, and this one lacks something that every one must have: a SKU, a quantity, or ' +
      'anything that comes back. It was left out and is not posted; the others were.',
    evidence: 'Each line concerned is shown with what is expected of it.',
    steps: [
      'Look at the lines that are shown and find out what is missing, at the platform or in the warehouse.',
      'Press “Correct”, enter the “SKU” or the “Quantity”, and save: the return goes into the next batch.',
      'If nothing comes back with it, press “Discard” and write down why.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'batch-value-missing': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'No value for a line of a batch',
    sentence: 'its batch needs a value for each line, and none is known ({what}).',
    meaning:
      'The batch posts values, and for a line of this return no amount is known. It was left out; a total with a zero in it would be ' +
      'wrong. The other returns of the batch were posted.',
    evidence: 'Each line without a value is shown.',
    steps: [
      'Find out what the line is worth, by the original order.',
      'Have the platform send the price, or post this return by hand, press “Done outside” and write down its number.',
      `If lines may go without a value from now on, double-click the Batch Aggregator node in the editor, switch “Value needed” off, ${AND_DEPLOY}.`,
      RESUME,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'batch-group-failed': {
    class: 'config',
    owner: 'integration',
    title: 'Batch of the return not known',
    sentence: 'nobody can tell which batch it belongs to ({what}). No default is used.',
    meaning:
      'Batches are kept apart by company, currency, warehouse or a rule of your own, and this return has no value for one of ' +
      'these. It is in no batch and is not posted.',
    evidence: 'The sentence names what is not known, or what the rule answered.',
    steps: [
      'Compare the return with what the Batch Aggregator node groups by.',
      'Have the missing value set before the node, or correct the node’s settings, and deploy.',
      'If only the warehouse of this return is missing, press “Correct”, enter “Warehouse”, and save.',
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.node,
  },
  'batch-line-refused': {
    class: 'data-invalid',
    owner: 'data',
    title: 'ERP refused lines of a batch',
    sentence: 'the ERP refused what it brought to a batch: {what}. The rest of the batch is not held up.',
    meaning:
      'The batch was posted without the lines of this return that the ERP refused. These are in no document; the rest of the ' +
      'return and of the batch is posted.',
    evidence:
      'Each refused line is shown: expected is the quantity and the batch, received what the ERP said.',
    steps: [
      'Read the ERP’s words, and mend the item, warehouse or account that they name.',
      'Press “Resume”: only the refused lines go into the next batch, and each is posted once.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
