import { AND_DEPLOY, BY_HAND, CLOSES, PRIORITY, RESUME_ALL, type CatalogueEntry } from './catalogue-entry';

/** Codes that stand in no row of Return Mappings, and quantities that a row does not fit. */
export const MAPPING_EXCEPTIONS = {
  'location-unmapped': {
    class: 'data-invalid',
    owner: 'warehouse',
    title: 'Platform location without a warehouse',
    sentence: 'the location has no warehouse of the ERP ({what}). Nothing was moved; no default is used.',
    meaning:
      'The platform says where the goods are, and that place stands in no row of the mappings. Nothing was posted: the ' +
      'goods would be booked into a building in which they are not.',
    evidence: 'Received is the location as the platform writes it.',
    steps: [
      'Find out which warehouse of the ERP the location is.',
      `In the editor, open Return Mappings, add a row for it to the table “Locations”, ${AND_DEPLOY}.`,
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.value,
  },
  'return-type-unmapped': {
    class: 'data-invalid',
    owner: 'data',
    title: 'Return type without a status',
    sentence: 'the type of the return has no status of the ERP ({what}). No default is used.',
    meaning:
      'The platform sent a type of return, such as refund or exchange, that stands in no row of the mappings. Nothing was ' +
      'posted, since the document would stop in the wrong status and somebody would have to move it by hand.',
    evidence: 'Received is the type as the platform writes it.',
    steps: [
      'Decide which status of the ERP a return of this type starts in.',
      `In the editor, open Return Mappings, add a row for it to the table “Return types”, ${AND_DEPLOY}.`,
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.value,
  },
  'unit-unmapped': {
    class: 'data-invalid',
    owner: 'data',
    title: 'No conversion between two units',
    sentence: 'there is no conversion into the unit of the ERP ({what}); nothing was converted or rounded.',
    meaning:
      'The platform counts the item in one unit and the ERP in another, and no row of the mappings says how many of the one ' +
      'make the other. Nothing was posted: a wrong factor would book too much stock and give back too much money.',
    evidence: 'Received is the quantity with its unit, expected the conversion that is missing.',
    steps: [
      'Agree with the warehouse how many of one unit the other holds.',
      `In the editor, open Return Mappings, add a row for it to the table “Units”, ${AND_DEPLOY}.`,
      RESUME_ALL,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.sku,
  },
  'uom-not-representable': {
    class: 'data-invalid',
    owner: 'data',
    title: 'Quantity does not fit the ERP’s unit',
    sentence: 'the quantity cannot be written in the unit of the ERP ({what}); nothing was rounded.',
    meaning:
      'Converted into the unit of the ERP the quantity is a part that the ERP does not take, such as 5 pieces of a case of 12. ' +
      'Nothing was posted and nothing was rounded, since stock and money would differ from then on.',
    evidence: 'Received is the quantity and what it is in the unit of the ERP, expected what the ERP takes.',
    steps: [
      'Best have the ERP keep the stock of this item in its smallest unit; then each quantity fits.',
      `If the row is wrong, open Return Mappings in the editor, correct it in the table “Units”, ${AND_DEPLOY}.`,
      RESUME_ALL,
      BY_HAND,
    ],
    priority: PRIORITY.usual,
    closes: CLOSES.sku,
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;
