import {
  AND_DEPLOY,
  BY_HAND,
  CLOSES,
  PRIORITY,
  RESUME,
  RESUME_ALL,
  type CatalogueEntry,
} from './catalogue-entry';

/** What is wrong with goods that are registered on a return order. */
export const ARRIVAL_EXCEPTIONS = {
  'goods-not-announced': {
    class: 'data-invalid',
    owner: 'warehouse',
    title: 'Goods arrived that nobody announced',
    sentence: 'goods arrived that the return order does not expect ({what}). Nothing of it was booked in.',
    meaning:
      'The parcel holds another item than the return order, or more of one than it still expects. Nothing of this arrival was ' +
      'booked in, since stock would rise without a credit for it. The goods are in the building and not in the books.',
    evidence:
      'Expected is what the return order holds, with the state of each line; received what arrived. A line that is registered ' +
      'already was booked in before, perhaps by hand.',
    steps: [
      'Count the goods and compare them with the lines that are shown.',
      'If the count was wrong, press “Correct”, change “Quantity” or “SKU”, and save: the goods are booked in.',
      'If there is really more, ask customer service to add it to the return order in the ERP, and press “Resume”. Dynamics ' +
        '365: Sales and marketing > Sales returns > All return orders.',
      'If you book the goods in by hand instead, press “Done outside” and write down the number of the journal.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'return-order-missing': {
    class: 'state-blocked',
    owner: 'customer service',
    title: 'Goods came without a return order',
    sentence: 'goods arrived, and there was no return order for them for longer than agreed ({what}).',
    meaning:
      'Goods are registered on their return order, and there was none for longer than the flow waits. Nothing was booked in; ' +
      'the goods lie in the warehouse.',
    evidence: 'The detail lists each look with its time.',
    steps: [
      'Search this return’s number in the sidebar: another open exception of it usually says why it has no return order.',
      'Clear that one first, so that the return order is made.',
      RESUME,
      'If such goods are to get a return order by themselves, have “Unannounced goods” of the arrival node set to “create the ' +
        'return order first”.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'return-order-locked': {
    class: 'state-blocked',
    owner: 'customer service',
    title: 'Return order stopped for too long',
    sentence: 'the return order was stopped for longer than the flow waits ({what}). Nothing was booked in.',
    meaning:
      'Somebody has stopped the return order in the ERP, and it stayed so for longer than the flow waits. No stock moved; the ' +
      'goods are in the building and not in the books.',
    evidence: 'The sentence tells which return order it is. The detail lists each look with its time.',
    steps: [
      'Open the return order in the ERP, and find out who stopped it and why. Dynamics 365: Sales and marketing > Sales ' +
        'returns > All return orders.',
      'Release it there.',
      RESUME,
      BY_HAND,
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'return-order-closed': {
    class: 'data-invalid',
    owner: 'customer service',
    title: 'Return order takes no goods any more',
    sentence: 'goods arrived, and the return order takes none any more ({what}). Nothing was booked in.',
    meaning:
      'The return order is closed or cancelled, and goods of it have arrived. Nothing was booked in: no stock moved, and the ' +
      'goods are in the building.',
    evidence: 'Received is the status of the return order.',
    steps: [
      'Open the return order in the ERP, and find out from its history why it was closed or cancelled.',
      'Decide what the customer gets for the goods, and post that by hand in the ERP.',
      BY_HAND,
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'disposition-unfit': {
    class: 'data-invalid',
    owner: 'warehouse',
    title: 'Goods cannot come in with this disposition',
    sentence:
      'the disposition that the goods were given cannot be booked in with ({what}). Nothing was moved.',
    meaning:
      'The table gives these goods a disposition code that the ERP does not have, that credits without goods, or that would ' +
      'make a second replacement order. Nothing was moved; the goods are in the building and not in the books.',
    evidence: 'Received is the disposition code of the ERP; the sentence tells what is wrong with it.',
    steps: [
      'Decide what becomes of the goods: a code that takes them back to stock, scraps them or sends them back.',
      `In the editor, correct the row in the table “Dispositions” of Return Mappings, or of the arrival node, ${AND_DEPLOY}.`,
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.value,
  },
  'warehouse-advanced': {
    class: 'config',
    owner: 'warehouse',
    title: 'Goods come in through the warehouse app',
    sentence:
      'goods of this warehouse are booked in with the warehouse app, not by a journal ({what}). Nothing was moved.',
    meaning:
      'In the ERP the warehouse is set up for warehouse management processes: its goods are registered in the warehouse app on ' +
      'mobile devices. No journal was made, and no stock moved.',
    evidence: 'Received is the warehouse that the goods were meant for.',
    steps: [
      'Register the goods in the warehouse app, press “Done outside” and write down that you did.',
      `If they belong elsewhere, have “Warehouse” of the arrival node, or the row of the mappings, corrected, ${AND_DEPLOY}.`,
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.value,
  },
  'arrival-not-posted': {
    class: 'state-blocked',
    owner: 'integration',
    title: 'Arrival journal not posted',
    sentence: 'the goods stand in an arrival journal that is not posted ({what}). No stock has moved.',
    meaning:
      'The journal is made, with all its lines, and the ERP has not posted it: its batch job has not run for longer than the ' +
      'flow waits, or it was refused. The goods are in the building and not in the books. A second journal is never made.',
    evidence: 'The sentence names the journal, and what the ERP said where it said something.',
    steps: [
      'Open the journal in the ERP and post it there, or see what is wrong with it. Dynamics 365: Inventory management > ' +
        'Journal entries > Item arrival > Item arrival.',
      'If it is the batch job, look at its history. Dynamics 365: System administration > Inquiries > Batch jobs.',
      'When the journal is posted, or can be, press “Resume”: the flow goes on with this journal.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'arrival-without-effect': {
    class: 'ambiguous',
    owner: 'warehouse',
    title: 'Arrival posted, goods not registered',
    sentence:
      'the arrival journal is posted, and the return order does not show the goods ({what}). Stock may be wrong.',
    meaning:
      'The ERP says that the journal is posted, but the lines of the return order are not as they should be after it. The ' +
      'credit cannot be posted before they are, and stock may be wrong.',
    evidence:
      'Each lot of the journal is shown: expected is its quantity and state after posting, received what the return order says.',
    steps: [
      'Open the return order in the ERP, and compare its lines with the lots that are shown.',
      'Correct what is wrong there: register what is missing, or reverse what is too much.',
      'When the lines are right, press “Resume”: the flow looks again and goes on.',
      'If they are right in another way, press “Done outside” and write down what you found.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
