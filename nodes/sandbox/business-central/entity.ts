/** What an entity set of the API is made of, and how its fields are written down. */

export type FieldKind =
  'guid' | 'text' | 'code' | 'decimal' | 'integer' | 'boolean' | 'date' | 'datetime' | 'option';

export interface Field {
  name: string;
  kind: FieldKind;
  /** Longest text; 0 where the kind is not text. */
  length: number;
  /** Members of an option. */
  options: readonly string[];
  /** Filled by the system: a caller who sends it is refused. */
  readOnly: boolean;
}

export interface Navigation {
  to: string;
  many: boolean;
  /** The rows of `to` whose field `on` equals the field `from` of this row. */
  from: string;
  on: string;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface Entity {
  /** Collection name in the path, case-sensitive. */
  set: string;
  /** Singular name, and the name of the table as error texts have it. */
  type: string;
  table: string;
  fields: ReadonlyMap<string, Field>;
  navigation: Readonly<Record<string, Navigation>>;
  methods: readonly Method[];
  /** Bound actions below `Microsoft.NAV.`. */
  actions: readonly string[];
  /** The field that names the parent: without it, or an id, the set cannot be read (B2). */
  parent: string | null;
  /** Fields that together are the natural key. */
  unique: readonly string[];
  /** Fields that a filter finds without reading every row. */
  indexed: readonly string[];
  /** Since which version of the application it exists (B4). */
  since: number;
}

/** The system's own ids: `SystemId` of AL. */
export const BLANK_GUID = '00000000-0000-0000-0000-000000000000';
/** A blank date (B2, inferred). */
export const BLANK_DATE = '0001-01-01';

const KINDS: Readonly<Record<string, FieldKind>> = {
  Guid: 'guid',
  Decimal: 'decimal',
  Int: 'integer',
  Bool: 'boolean',
  Date: 'date',
  Time: 'datetime',
};

/** Options in the order of their values. A blank member is a space, as in the product. */
export const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  itemType: ['Inventory', 'Service', 'Non-Inventory'],
  customerBlocked: [' ', 'Ship', 'Invoice', 'All'],
  contactType: ['Company', 'Person'],
  orderStatus: ['Draft', 'In Review', 'Open'],
  invoiceStatus: [' ', 'Draft', 'In Review', 'Open', 'Paid', 'Canceled', 'Corrective'],
  creditMemoStatus: ['Draft', 'In Review', 'Open', 'Canceled', 'Corrective', 'Paid'],
  documentStatus: ['Open', 'Released', 'Pending Approval', 'Pending Prepayment'],
  documentType: ['Quote', 'Order', 'Invoice', 'Credit Memo', 'Blanket Order', 'Return Order'],
  lineType: ['Comment', 'Account', 'Item', 'Resource', 'Fixed Asset', 'Charge', 'Allocation Account'],
  entryType: ['Purchase', 'Sale', 'Positive Adjmt.', 'Negative Adjmt.', 'Transfer'],
  entryDocumentType: [
    ' ',
    'Sales Shipment',
    'Sales Invoice',
    'Sales Return Receipt',
    'Sales Credit Memo',
    'Inventory Receipt',
  ],
  sourceType: [' ', 'Customer', 'Vendor', 'Item'],
  generalDocumentType: [' ', 'Payment', 'Invoice', 'Credit Memo', 'Refund'],
  journalAccountType: ['G/L Account', 'Customer', 'Vendor', 'Bank Account'],
};

/** Reads `name:Kind` words, with `!` behind what the system fills: `id:Guid! number:Code20 status:orderStatus!`. */
export function fields(spec: string): ReadonlyMap<string, Field> {
  return new Map(
    spec
      .trim()
      .split(/\s+/)
      .map((word) => {
        const [name = '', given = 'Text100'] = word.split(':');
        const readOnly = given.endsWith('!');
        return [name, { name, readOnly, ...fieldType(readOnly ? given.slice(0, -1) : given) }];
      }),
  );
}

function fieldType(word: string): Pick<Field, 'kind' | 'length' | 'options'> {
  const sized = /^(Code|Text)(\d+)$/.exec(word);
  if (sized) {
    return { kind: sized[1] === 'Code' ? 'code' : 'text', length: Number(sized[2]), options: [] };
  }
  const kind = KINDS[word];
  if (kind) return { kind, length: 0, options: [] };
  const options = OPTIONS[word];
  if (!options) throw new Error(`The simulator has no field type ${word}`);
  return { kind: 'option', length: 0, options };
}

const CRUD: readonly Method[] = ['GET', 'POST', 'PATCH', 'DELETE'];

/** Makes an entity with what is usual where nothing else is said. */
export function entity(
  set: string,
  type: string,
  table: string,
  spec: string,
  more: Partial<Omit<Entity, 'set' | 'type' | 'table' | 'fields'>> = {},
): Entity {
  const { parent = null } = more;
  return {
    set,
    type,
    table,
    fields: fields(spec),
    navigation: more.navigation ?? {},
    methods: more.methods ?? CRUD,
    actions: more.actions ?? [],
    parent,
    unique: more.unique ?? [],
    indexed: [...new Set([...(more.indexed ?? []), ...(parent === null ? [] : [parent])])],
    since: more.since ?? 0,
  };
}

/** One related row, by the id that this row holds. */
export function one(to: string, from: string): Navigation {
  return { to, many: false, from, on: 'id' };
}

/** The rows that name this one as their parent. */
export function many(to: string, on: string): Navigation {
  return { to, many: true, from: 'id', on };
}

/** What an empty field holds (B2). */
export function emptyValue(field: Field): string | number | boolean {
  switch (field.kind) {
    case 'guid':
      return BLANK_GUID;
    case 'decimal':
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    case 'date':
      return BLANK_DATE;
    case 'datetime':
      return `${BLANK_DATE}T00:00:00Z`;
    case 'option':
      return field.options[0] ?? ' ';
    default:
      return '';
  }
}

/** An option as it travels: blanks and signs are escaped, `Positive_x0020_Adjmt_x002E_` (B2). */
export function encodeOption(text: string): string {
  return text.replace(
    /[^A-Za-z0-9]/g,
    (sign) => `_x${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`,
  );
}

export function decodeOption(text: string): string {
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
