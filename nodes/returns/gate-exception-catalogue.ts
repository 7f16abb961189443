import { PRIORITY, type CatalogueEntry } from './catalogue-entry';

const CLOSES_WHEN_IT_GOES_ON =
  'It closes by itself when the return goes on: when the event comes that it waits for. After “Resume” it waits as long ' +
  'again. It concerns this return alone; no others go with it.';

/** What is wrong with a return that waits for its stage, for its credit, or that may not go on. */
export const GATE_EXCEPTIONS = {
  'handover-overdue': {
    class: 'state-blocked',
    owner: 'customer service',
    title: 'Return not handed in for too long',
    sentence: 'the goods were not handed in for longer than agreed ({what}). No credit was made.',
    meaning:
      'The customer has announced a return and has not handed the goods in. No money is out and no stock is in: the return ' +
      'waits, and goes on by itself as soon as the goods are on their way.',
    evidence: 'The sentence tells since when it waits, and how long that is.',
    steps: [
      'Look at the platform whether the return has expired or was withdrawn.',
      'If the customer still wants to send the goods, press “Resume”: it waits as long again.',
      'If nothing will come, press “Discard” and write down why. Should the goods come after all, the return goes on.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES_WHEN_IT_GOES_ON,
  },
  'arrival-overdue': {
    class: 'state-blocked',
    owner: 'warehouse',
    title: 'Parcel on its way for too long',
    sentence:
      'the goods were handed in and did not arrive for longer than agreed ({what}). No credit was made.',
    meaning:
      'The customer has handed the goods in and waits for the money; the warehouse has not reported them. No credit was made, since ' +
      'the policy waits for the goods. The parcel is late or lost.',
    evidence: 'The sentence tells since when it waits, and how long that is.',
    steps: [
      'Ask the carrier or the return hub for the parcel.',
      'If it lies in the warehouse unseen, book it in there: the platform then tells that it was received.',
      'If it is on its way, press “Resume”: it waits as long again.',
      'If it is lost, press “Assign” and give it to finance. Who credits it by hand presses “Done outside” and writes down the ' +
        'number of the credit.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES_WHEN_IT_GOES_ON,
  },
  'inspection-overdue': {
    class: 'state-blocked',
    owner: 'warehouse',
    title: 'Goods not inspected for too long',
    sentence:
      'the goods are in and were neither accepted nor rejected for longer than agreed ({what}). No credit was made.',
    meaning:
      'The goods lie in the warehouse and nobody has told whether they are accepted. No credit was made and no stock can be sold; ' +
      'the customer waits for the money.',
    evidence: 'The sentence tells since when it waits, and how long that is.',
    steps: [
      'Find the goods and inspect them.',
      'Record the result where it is recorded as usual: accepted goods are then credited, rejected ones are not.',
      'If it was recorded and did not come through, ask integration why; press “Assign” for it.',
      'If more time is needed, press “Resume”: it waits as long again.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES_WHEN_IT_GOES_ON,
  },
  'credit-overdue': {
    class: 'state-blocked',
    owner: 'finance',
    title: 'No credit, so no refund confirmed',
    sentence: 'there is no credit yet, so no refund was confirmed to the customer ({what}).',
    meaning:
      'The return was let through to be credited, and after the agreed time there is no credit. The customer was not told that the ' +
      'refund was made, and is not told before the credit exists.',
    evidence: 'The sentence tells when the return was let through, and how long ago that is.',
    steps: [
      'Search this return’s number in the sidebar: another open exception of it usually says why there is no credit.',
      'Clear that one first, so that the credit is made: the refund is then confirmed by itself.',
      'If there is no other, press “Assign” and give it to integration: the credit was not asked for, or its answer was lost.',
      'If you credited it by hand, press “Done outside”, write down the number, and tell the customer yourself.',
    ],
    priority: PRIORITY.promised,
    closes:
      'It closes by itself when the credit is there. After “Resume” it waits as long again. It concerns this return alone; no ' +
      'others go with it.',
  },
  'rejected-goods': {
    class: 'data-invalid',
    owner: 'customer service',
    title: 'Goods rejected at inspection',
    sentence: 'the warehouse has rejected the goods, so nothing is credited ({what}).',
    meaning:
      'The goods came back and were rejected at inspection. No credit was made and none will be; nothing was booked into stock. The ' +
      'customer does not know yet.',
    evidence:
      'The sentence tells the policy that holds for the return. The lines of the return show what came.',
    steps: [
      'Ask the warehouse why the goods were rejected.',
      'Tell the customer, and agree whether the goods are sent back or disposed of.',
      'Press “Done outside” and write down what was agreed.',
      'If the rejection was a mistake, have the goods accepted where that is recorded, and press “Resume” on the exception that ' +
        'then comes.',
    ],
    priority: PRIORITY.promised,
    closes:
      'A person closes it with “Done outside”. It closes by itself if the goods are accepted after all and that is confirmed. No ' +
      'others go with it.',
  },
  'inspection-conflict': {
    class: 'data-invalid',
    owner: 'warehouse',
    title: 'Goods rejected, then accepted',
    sentence: 'the goods were rejected and accepted ({what}). No credit is made before somebody decides.',
    meaning:
      'Two reports about the same goods exclude each other. Nothing more is credited or booked until a person says which of them ' +
      'is right.',
    evidence: 'The sentence tells which report came first.',
    steps: [
      'Look at the goods, or ask who inspected them.',
      'If they are accepted, press “Resume”: the return goes on and is credited once.',
      'If they are rejected, press “Discard” and write down why: nothing is credited.',
    ],
    priority: PRIORITY.usual,
    closes:
      'It closes by itself after “Resume”, when the return has gone on; “Discard” closes it at once. No others go with it.',
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
