import type { WorldItem } from '../world';
import type { Books } from './books';
import { BLANK_GUID } from './entity';
import { ACCOUNTS, postItem } from './ledger';
import { text, type Row } from './records';
import type { ItemUnit, ReturnReason, TaxGroup } from './simulator-types';

/** What a company has before the shop's data come: codes, units, accounts, periods. */

export const DEFAULT_TAX_GROUPS: readonly TaxGroup[] = [
  { code: 'ZERO', rate: 0 },
  { code: 'REDUCED', rate: 5 },
  { code: 'STANDARD', rate: 20 },
];

export const DEFAULT_RETURN_REASONS: readonly ReturnReason[] = [
  { code: 'RESELL', description: 'Back to stock' },
  { code: 'INSPECT', description: 'To be inspected', defaultLocation: 'RETQC' },
  { code: 'SCRAP', description: 'Defective', valueZero: true },
];

const DEFAULT_UNITS: readonly ItemUnit[] = [
  { code: 'PCS', quantity: 1 },
  { code: 'BOX', quantity: 10 },
];

const REASONS: Readonly<Record<string, string>> = {
  FIT: 'Does not fit',
  DMG: 'Damaged',
  MIND: 'Changed mind',
  WRONG: 'Wrong item',
};

const DIMENSIONS: readonly { code: string; name: string; values: readonly string[] }[] = [
  { code: 'DEPARTMENT', name: 'Department', values: ['SALES', 'ADM'] },
  { code: 'CHANNEL', name: 'Sales channel', values: ['WEB', 'STORE'] },
];

export function setUpCodes(books: Books): void {
  const { options } = books.around;
  const codes = (set: string, rows: readonly (readonly [string, string])[]): void => {
    for (const [code, displayName] of rows) books.table(set).insert({ code, displayName });
  };
  codes('unitsOfMeasure', [
    ['PCS', 'Piece'],
    ['BOX', 'Box'],
    ['PALLET', 'Pallet'],
  ]);
  codes('locations', [
    [books.world.mainWarehouse, 'Main warehouse'],
    [books.world.returnWarehouse, 'Returns, before inspection'],
  ]);
  codes('paymentMethods', [
    ['CARD', 'Card payment'],
    ['BANK', 'Bank transfer'],
  ]);
  codes('paymentTerms', [['14 DAYS', 'Net 14 days']]);
  codes('shipmentMethods', [['EXW', 'Ex warehouse']]);
  codes('salespeoplePurchasers', [['WEB', 'Web shop']]);
  codes('taxAreas', [['DOMESTIC', 'Domestic']]);
  codes('journals', [['DEFAULT', 'Default journal']]);
  codes('customerPaymentJournals', [['GENERAL', 'Customer payments']]);
  for (const code of options.reasonCodes ?? Object.keys(REASONS)) {
    books.table('customerReturnReasons').insert({ code, description: REASONS[code] ?? code });
  }
  const others = options.otherCurrencies ?? ['EUR', 'GBP', 'USD'];
  for (const code of others.filter((other) => other !== books.world.currency)) {
    books.table('currencies').insert({ code, displayName: code, amountRoundingPrecision: 0.01 });
  }
  for (const { code, rate } of options.taxGroups ?? DEFAULT_TAX_GROUPS) {
    books.table('taxGroups').insert({ code, displayName: `${rate} %`, taxType: 'VAT', _rate: rate });
  }
  for (const { number, name } of ACCOUNTS) books.table('accounts').insert({ number, displayName: name });
  setUpDimensions(books);
  setUpPeriods(books);
}

function setUpDimensions(books: Books): void {
  for (const { code, name, values } of DIMENSIONS) {
    const dimension = books.table('dimensions').insert({ code, displayName: name });
    for (const value of values) {
      books
        .table('dimensionValues')
        .insert({ code: value, displayName: value, dimensionId: text(dimension, 'id') });
    }
  }
}

/** Months of this year and the last. They say nothing about the range that blocks posting (B4). */
function setUpPeriods(books: Books): void {
  const year = Number(books.today().slice(0, 4));
  for (const [index, of] of [year - 1, year].entries()) {
    for (let month = 1; month <= 12; month += 1) {
      const startingDate = `${of}-${String(month).padStart(2, '0')}-01`;
      const closed = index === 0;
      books.table('accountingPeriods').insert({
        startingDate,
        name: startingDate.slice(0, 7),
        newFiscalYear: month === 1,
        closed,
        dateLocked: closed,
      });
    }
  }
}

export function setUpCustomers(books: Books): void {
  const card = books.find('paymentMethods', 'code', 'CARD');
  for (const { account, name, email } of books.world.customers) {
    const customer = books.table('customers').insert({
      number: account,
      displayName: name,
      type: 'Person',
      email,
      currencyCode: books.world.currency,
      currencyId: BLANK_GUID,
      paymentMethodId: text(card ?? {}, 'id'),
      blocked: ' ',
      _pricesIncludeTax: books.around.options.pricesIncludeTax ?? true,
    });
    books.table('customerFinancialDetails').insert({ id: text(customer, 'id'), number: account });
  }
}

/** Brings an item of the shop to the state it has there; *Sales Blocked* is no field of the API (B4). */
export function takeItem(books: Books, item: WorldItem, index: number): void {
  const held = books.find('items', 'number', item.sku);
  if (item.state === 'absent') {
    if (held) books.table('items').remove(text(held, 'id'));
    return;
  }
  const flags = { blocked: item.state === 'stopped', _salesBlocked: item.state === 'discontinued' };
  if (held) {
    books.table('items').change(text(held, 'id'), flags);
    return;
  }
  const { options } = books.around;
  const units = options.unitsOf?.(item) ?? DEFAULT_UNITS;
  const groups = options.taxGroups ?? DEFAULT_TAX_GROUPS;
  const usual =
    groups[index % 5 === 4 ? 0 : index % 5 === 3 ? Math.min(1, groups.length - 1) : groups.length - 1];
  const row = insertItem(books, {
    number: item.sku.toUpperCase(),
    displayName: item.name,
    type: 'Inventory',
    gtin: item.upc,
    unitPrice: books.decimal(item.priceMinor),
    unitCost: books.decimal(item.priceMinor * 0.4),
    taxGroupCode: options.taxGroupOf?.(item, index) ?? usual?.code ?? '',
    baseUnitOfMeasureCode: units[0]?.code ?? 'PCS',
    _units: JSON.stringify(units),
    ...flags,
  });
  const initial = options.initialStock ?? 50;
  if (initial === 0) return;
  postItem(books, {
    item: row,
    location: books.world.mainWarehouse,
    units: initial,
    postingDate: `${books.today().slice(0, 4)}-01-01`,
    customer: '',
    documentNumber: 'START',
    documentType: ' ',
    sales: 0,
    entryType: 'Positive Adjmt.',
  });
}

/** Items of type Service never touch stock. */
export function setUpServices(books: Books): void {
  const { options } = books.around;
  const groups = options.taxGroups ?? DEFAULT_TAX_GROUPS;
  for (const { number, name } of options.serviceItems ?? [{ number: 'RETFEE', name: 'Return fee' }]) {
    insertItem(books, {
      number,
      displayName: name,
      type: 'Service',
      taxGroupCode: groups.at(-1)?.code ?? '',
      baseUnitOfMeasureCode: 'PCS',
      _units: JSON.stringify([{ code: 'PCS', quantity: 1 }]),
    });
  }
}

export function setUpVariants(books: Books): void {
  for (const { item, code } of books.around.options.variants ?? []) {
    const owner = books.find('items', 'number', item);
    if (!owner) throw new Error(`The simulator has no item ${item} for the variant ${code}`);
    books
      .table('itemVariants')
      .insert({ itemId: text(owner, 'id'), itemNumber: text(owner, 'number'), code, description: code });
  }
}

function insertItem(books: Books, item: Row): Row {
  const unit = books.find('unitsOfMeasure', 'code', text(item, 'baseUnitOfMeasureCode'));
  const group = books.find('taxGroups', 'code', text(item, 'taxGroupCode'));
  return books.table('items').insert({
    priceIncludesTax: books.around.options.pricesIncludeTax ?? true,
    generalProductPostingGroupCode: 'RETAIL',
    inventoryPostingGroupCode: text(item, 'type') === 'Inventory' ? 'RESALE' : '',
    baseUnitOfMeasureId: text(unit ?? {}, 'id'),
    taxGroupId: text(group ?? {}, 'id'),
    _salesBlocked: false,
    ...item,
  });
}
