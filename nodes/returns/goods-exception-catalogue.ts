import { RESUME, type CatalogueEntry } from './catalogue-entry';

/** What is wrong with goods that come in, and with those that go out instead. */
export const GOODS_EXCEPTIONS = {
  'goods-not-on-credit': {
    class: 'data-invalid',
    owner: 'warehouse',
    sentence: 'goods arrived that the credit does not hold ({what}). Nothing was booked in.',
    steps: [
      'Compare the goods with the lines of the credit, which are shown.',
      'Correct the return at the platform, or book the goods in by hand.',
      RESUME,
    ],
  },
  'credit-missing': {
    class: 'state-blocked',
    owner: 'finance',
    sentence: 'goods arrived, and there was no credit to book them in on for longer than agreed ({what}).',
    steps: [
      'Look for an open exception of the same return: it says why the credit is not there.',
      'Clear that one first.',
      RESUME,
    ],
  },
  'disposition-unmapped': {
    class: 'data-invalid',
    owner: 'warehouse',
    sentence:
      'the disposition has no row in the table ({what}). The goods stay where they are; no default is used.',
    steps: ['Add the disposition to the table of the node, and deploy.', RESUME],
  },
  'location-unknown': {
    class: 'config',
    owner: 'warehouse',
    sentence: 'the warehouse has no such location ({what}). Nothing was moved.',
    steps: ['Create the location in the ERP, or choose another one in the node, and deploy.', RESUME],
  },
  'release-outcome-unknown': {
    class: 'ambiguous',
    owner: 'warehouse',
    sentence:
      'it is not known whether goods left quarantine ({what}). The release is not sent a second time.',
    steps: [
      'Look at the stock of the product in the quarantine location.',
      'Release it there by hand where it still lies in quarantine, then resolve the exception.',
    ],
  },
  'credit-without-stock': {
    class: 'state-blocked',
    owner: 'warehouse',
    sentence: 'the money was credited, and the goods have not come, for longer than agreed ({what}).',
    steps: [
      'Ask the carrier or the return hub for the parcel.',
      'Where the goods are lost, have finance decide on the loss; this exception closes when the goods are booked in.',
    ],
  },
  'exchange-sku-missing': {
    class: 'data-invalid',
    owner: 'customer service',
    sentence: 'an exchange names no replacement item ({what}), so no order was made.',
    steps: [
      'Ask the customer, and make the replacement order by hand or correct it at the platform.',
      RESUME,
    ],
  },
  'exchange-price-missing': {
    class: 'data-invalid',
    owner: 'finance',
    sentence: 'the price of a replacement item is not known ({what}), so no order was made.',
    steps: ['Have the platform send the price, or make the replacement order by hand.', RESUME],
  },
  'exchange-not-allocated': {
    class: 'state-blocked',
    owner: 'warehouse',
    sentence: 'the replacement order exists, and its stock is not allocated ({what}).',
    steps: [
      'Look at the stock of the item, and allocate or back-order it in the ERP.',
      'Resolve the exception.',
    ],
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
