import { AND_DEPLOY, CLOSES, PRIORITY, RESUME, RESUME_ALL, type CatalogueEntry } from './catalogue-entry';

/** What is wrong with goods that come in, and with those that go out instead. */
export const GOODS_EXCEPTIONS = {
  'goods-not-on-credit': {
    class: 'data-invalid',
    owner: 'warehouse',
    title: 'Goods arrived that the credit lacks',
    sentence: 'goods arrived that the credit does not hold ({what}). Nothing was booked in.',
    meaning:
      'The parcel holds an item, or more of it, than the credit has. Nothing was booked in, since stock would rise without a ' +
      'credit for it. The goods are in the building and not in the books.',
    evidence: 'Expected is what the credit holds or has still open, received what arrived.',
    steps: [
      'Count the goods and compare them with the lines that are shown.',
      'If the count was wrong, press “Correct”, change “Quantity” or “SKU”, and save: the goods are booked in.',
      'If there is really more than the credit holds, ask finance to add it to the credit in the ERP, and press “Resume”.',
      'If you book the goods in by hand instead, press “Done outside” and write down the number of the goods-in note.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'credit-missing': {
    class: 'state-blocked',
    owner: 'finance',
    title: 'No credit to book goods or exchange on',
    sentence: 'goods arrived, and there was no credit to book them in on for longer than agreed ({what}).',
    meaning:
      'The goods, or the replacement of an exchange, are booked on the sales credit, and that credit was not there for longer ' +
      'than the flow waits. Nothing was booked; the goods lie in the warehouse.',
    evidence:
      'The sentence tells whether the credit is missing or cancelled. The detail lists each look with its time.',
    steps: [
      'Search this return’s number in the sidebar: another open exception of it usually says why the credit is not there.',
      'Clear that one first, so that the credit is made. If the credit was cancelled by mistake, make it valid again in the ERP.',
      RESUME,
      'If the goods were rejected and no credit will come, press “Done outside” and write down where the goods are.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.alone,
  },
  'disposition-unmapped': {
    class: 'data-invalid',
    owner: 'warehouse',
    title: 'No place for this disposition',
    sentence:
      'the disposition has no row in the table ({what}). The goods stay where they are; no default is used.',
    meaning:
      'The inspection gave the goods a disposition, such as resellable or damaged, that the flow has no place for. Nothing was ' +
      'moved: a default could put damaged goods on sale.',
    evidence:
      'Received is the disposition, with the condition of the goods where that was told; “none” where nobody has told one.',
    steps: [
      'Decide where goods with this disposition go: sellable stock or quarantine.',
      `In the editor, add a row for it where Expected says that it is missing: to the table “Dispositions” of Return Mappings, or to “Dispositions” of the Brightpearl Goods In or D365 Item Arrival node, ${AND_DEPLOY}.`,
      RESUME_ALL,
      'If only the disposition of this return is wrong, press “Correct”, change “Disposition”, and save.',
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.value,
  },
  'warehouse-mismatch': {
    class: 'data-invalid',
    owner: 'warehouse',
    title: 'Mapping names another warehouse',
    sentence:
      'the mappings put the goods elsewhere than they would be booked in ({what}). Nothing was moved.',
    meaning:
      'The row of the mappings for the disposition names a warehouse or a location, and the goods would be booked into ' +
      'another one. Nothing was moved: one of the two is wrong, and the stock would stand in a building in which the goods ' +
      'are not.',
    evidence:
      'Expected is the number of the warehouse or location that is booked into, received what the row names.',
    steps: [
      'Find out in which warehouse the goods are. The number of a warehouse stands in the ERP’s settings.',
      `If the row is wrong, open Return Mappings in the editor, correct it in the table “Dispositions”, ${AND_DEPLOY}.`,
      `If the row is right, have “Warehouse” of the Brightpearl Goods In node changed, ${AND_DEPLOY}.`,
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.value,
  },
  'location-unknown': {
    class: 'config',
    owner: 'warehouse',
    title: 'The ERP lacks this location',
    sentence: 'there is no such location in the ERP ({what}). Nothing was moved.',
    meaning:
      'The ERP does not know the warehouse that the goods are for, or that warehouse has no quarantine or no default location ' +
      'there. Nothing was booked in or moved; if the goods are in the building, they are not in the books.',
    evidence: 'The sentence names the warehouse, and expected the kind of location that is missing.',
    steps: [
      'Have the location created in the ERP’s settings of that warehouse.',
      'If the warehouse itself is wrong, have “Warehouse” changed in the node that is named under Parked by, or its row in ' +
        'Return Mappings, and the flow deployed.',
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.node,
  },
  'release-outcome-unknown': {
    class: 'ambiguous',
    owner: 'warehouse',
    title: 'Unclear whether goods left quarantine',
    sentence:
      'it is not known whether goods left quarantine ({what}). The release is not sent a second time.',
    meaning:
      'The ERP was asked to move accepted goods out of quarantine, and its answer was lost. They may be sellable or still in ' +
      'quarantine. It is not asked again, since the goods would then be moved twice.',
    evidence: 'The line shows the SKU and how many of it were to be released.',
    steps: [
      'Look in the ERP at the stock of the product in the quarantine location.',
      'If it still lies there, move it to its sellable location in the ERP.',
      'Press “Done outside” and write down what you found.',
    ],
    priority: PRIORITY.usual,
    closes:
      'A person closes it with “Done outside”. “Resume” does not send the release again: the same question comes back. No ' +
      'others go with it.',
  },
  'credit-without-stock': {
    class: 'state-blocked',
    owner: 'warehouse',
    title: 'Credit is out, parcel has not come',
    sentence: 'the money was credited, and the goods have not come, for longer than agreed ({what}).',
    meaning:
      'The customer was credited, and the parcel has not arrived after the agreed time. Money is out and no stock is in. No data ' +
      'is wrong: the parcel is late or lost.',
    evidence: 'The sentence tells the credit, its amount and day, and by how much the goods are late.',
    steps: [
      'Ask the carrier or the return hub for the parcel.',
      'If it is on its way, write a “Note”; this closes by itself when the goods are there.',
      'If it lies in the warehouse unseen, book it in there: the platform then tells that it was received.',
      'If it is lost, press “Assign” and give it to finance, who decides on the loss and then presses “Done outside”.',
    ],
    priority: PRIORITY.usual,
    closes:
      'It closes by itself when the goods have arrived. Until then it is raised again once a day. It concerns this return alone; ' +
      'no others go with it.',
  },
  'exchange-sku-missing': {
    class: 'data-invalid',
    owner: 'customer service',
    title: 'Exchange names no replacement',
    sentence: 'an exchange names no replacement item ({what}), so no order was made.',
    meaning:
      'The customer chose an exchange, and the platform does not tell for which item. No replacement order was made; the ' +
      'customer waits for it.',
    evidence: 'Each line of the exchange without a replacement is shown.',
    steps: [
      'Look at the platform, or ask the customer, which item is wanted.',
      'Press “Correct”, enter it as “Replacement SKU”, and save: the order is made.',
      'If you make the replacement order by hand instead, press “Done outside” and write down its number.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'exchange-price-missing': {
    class: 'data-invalid',
    owner: 'finance',
    title: 'Price of the replacement not known',
    sentence: 'the price of a replacement item is not known ({what}), so no order was made.',
    meaning:
      'An exchange asks for an item without a price, and the flow is set not to take it as an even exchange, or cannot. No ' +
      'replacement order was made; the customer waits for it.',
    evidence:
      'The sentence tells the item and why there is no price; expected is a price in the currency of the order.',
    steps: [
      'Decide what the customer pays for the replacement.',
      'Make the replacement order by hand in the ERP, press “Done outside” and write down its number.',
      'If such exchanges shall be even from now on, have “Without a price” of the exchange node set to “even ' +
        'exchange: the value of the goods”, then press “Resume”, or “Resume all” on the page of the cause.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.sku,
  },
  'exchange-too-early': {
    class: 'state-blocked',
    owner: 'customer service',
    title: 'Replacement waits for its return',
    sentence:
      'a replacement was to be ordered, and its return was not far enough for longer than agreed ({what}).',
    meaning:
      'The flow orders a replacement only when the return order, the arrival or the credit of the goods is there, as the node ' +
      'is set. It was not, for longer than the flow waits. No replacement order was made; the customer waits for it.',
    evidence:
      'The sentence tells what is waited for, and what is there. The detail lists each look with its time.',
    steps: [
      'Search this return’s number in the sidebar: another open exception of it usually says why it does not go on.',
      'Clear that one first. If the return order was cancelled in the ERP, decide whether the customer still gets the ' +
        'replacement.',
      RESUME,
      'If you make the replacement order by hand instead, press “Done outside” and write down its number.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.alone,
  },
  'exchange-address-unsent': {
    class: 'config',
    owner: 'integration',
    title: 'Address of a replacement has no field',
    sentence: 'the address for a replacement cannot be sent to the ERP ({what}), so no order was made.',
    meaning:
      'The customer gave an address with the exchange, and the node does not know which fields of the sales order take it. No ' +
      'replacement order was made: it would have gone to the address of the customer’s account.',
    evidence: 'The sentence tells what is missing. The address itself is never shown.',
    steps: [
      'Ask your Dynamics 365 partner how the fields of the delivery address are called on the sales order.',
      `In the editor, name them in “Delivery address” of the D365 Exchange Order node, ${AND_DEPLOY}.`,
      RESUME_ALL,
      'If replacements shall always go to the address of the account, have “Address without fields” set so instead.',
    ],
    priority: PRIORITY.promised,
    closes: CLOSES.node,
  },
  'exchange-not-allocated': {
    class: 'state-blocked',
    owner: 'warehouse',
    title: 'Replacement has no stock allocated',
    sentence: 'the replacement order exists, and its stock is not allocated ({what}).',
    meaning:
      'The replacement order was made, and the ERP has no stock to promise to it, so it does not reach picking. The customer ' +
      'waits for it. Nothing has to be posted again.',
    evidence:
      'Each line shows the SKU; expected is the quantity to allocate, received how far the ERP has got.',
    steps: [
      'Look at the stock of the item in the ERP.',
      'Allocate stock to the order there, or put it on back order and tell customer service.',
      'Press “Done outside” and write down what was done.',
    ],
    priority: PRIORITY.promised,
    closes:
      'A person closes it with “Done outside”; the order stands already. After “Resume” it closes when the return has gone through ' +
      'again, and others with the same SKU that wait at the same place then go on by themselves.',
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
