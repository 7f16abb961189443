import type { Account, NewRow } from './account';
import { NOMINAL_CODES, PRICE_LISTS, UNIT, type SimOrder, type SimProduct } from './records';
import { Refusal, type Fault, type RefusalKey } from './refusal';
import { isRecord, readDecimal, readId, readTime } from './wire';

/** What a caller may write on a sales order or sales credit (sales-credit POST, sales-order POST [D], the rest [I]). */
const HEADER_FIELDS = new Set([
  'customer', 'customerId', 'billing', 'ref', 'placedOn', 'taxDate', 'parentId', 'statusId', 'warehouseId',
  'staffOwnerId', 'projectId', 'channelId', 'externalRef', 'installedIntegrationInstanceId', 'leadSourceId', 'teamId',
  'priceListId', 'priceModeCode', 'currency', 'delivery', 'rows',
]); // prettier-ignore
const ROW_FIELDS = new Set([
  'productId', 'name', 'quantity', 'taxCode', 'net', 'tax', 'nominalCode', 'externalRef',
]); // prettier-ignore

/**
 * Reads the body of a sales order or sales credit and finds everything that is wrong with it. A row's field is named
 * with its place, for example `rows[1].taxCode`: the vendor's own words are not documented [U].
 */
export class SaleBody {
  readonly faults: Fault[] = [];

  constructor(
    private readonly account: Account,
    private readonly type: 'SO' | 'SC',
    private readonly body: Record<string, unknown>,
  ) {
    const noParent = type === 'SO' && !(account.options.salesOrderTakesParent ?? true);
    this.refuseUnknown(body, HEADER_FIELDS, '', noParent ? 'parentId' : null);
  }

  /** Throws what was found. */
  finish(): void {
    if (this.faults.length > 0) throw new Refusal(this.faults);
  }

  fault(key: RefusalKey, values: Fault['values']): void {
    this.faults.push({ key, values });
  }

  customerId(): number {
    const { customer } = this.body;
    const given = isRecord(customer) ? customer['id'] : this.body['customerId'];
    const id = readId(given);
    if (id === null) this.fault('fieldRequired', { field: 'customer.id' });
    else if (!this.account.contacts.has(id)) this.fault('customerUnknown', { id });
    return id ?? 0;
  }

  text(field: string): string | null {
    const value = this.body[field];
    if (value === undefined || value === null || value === '') return null;
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    return this.invalid(field, value, 'it must be a text', null);
  }

  time(field: string): number {
    const value = this.body[field];
    if (value === undefined) return this.account.now();
    return readTime(value) ?? this.invalid(field, value, 'it must be an ISO 8601 date', this.account.now());
  }

  id(field: string): number | null {
    const value = this.body[field];
    if (value === undefined || value === null) return null;
    return readId(value) ?? this.invalid(field, value, 'it must be an ID', null);
  }

  /** An id that must be on a list of the account. */
  listed(field: string, known: readonly { id: number }[], standard: number): number {
    const id = this.id(field);
    if (id === null) return standard;
    if (!known.some((entry) => entry.id === id)) this.invalid(field, id, 'it does not exist', null);
    return id;
  }

  statusId(): number {
    const id = this.id('statusId');
    if (id === null) return this.account.statusFor(this.type, 'default');
    const status = this.account.statuses.find((known) => known.id === id);
    if (status?.type !== this.type || status.disabled === true) {
      this.invalid('statusId', id, `it is no status of a ${this.type}`, null);
    }
    return id;
  }

  priceListId(standard: number): number {
    return this.listed('priceListId', PRICE_LISTS, standard);
  }

  currency(): string {
    const { currency } = this.body;
    if (currency === undefined) return this.account.world.currency;
    const code = isRecord(currency) ? currency['code'] : undefined;
    if (typeof code === 'string' && /^[A-Z]{3}$/.test(code)) return code;
    return this.invalid('currency.code', code, 'it must be an ISO code of three letters', '');
  }

  address(owner: 'customer' | 'delivery'): Record<string, unknown> {
    const holder = this.body[owner];
    const address = isRecord(holder) ? holder['address'] : undefined;
    return isRecord(address) ? address : {};
  }

  shippingMethodId(): number {
    const { delivery } = this.body;
    return isRecord(delivery) ? (readId(delivery['shippingMethodId']) ?? 0) : 0;
  }

  rows(): NewRow[] {
    const { rows } = this.body;
    if (!Array.isArray(rows) || rows.length === 0) {
      this.fault('fieldRequired', { field: 'rows' });
      return [];
    }
    return rows.map((row: unknown, index) => this.row(isRecord(row) ? row : {}, `rows[${index}]`));
  }

  private row(row: Record<string, unknown>, place: string): NewRow {
    this.refuseUnknown(row, ROW_FIELDS, `${place}.`, null);
    const product = this.product(row['productId'], `${place}.productId`);
    const name = typeof row['name'] === 'string' && row['name'] !== '' ? row['name'] : product?.name;
    if (name === undefined && row['productId'] === undefined) {
      this.fault('fieldRequired', { field: `${place}.productId` });
    }
    const taxCode = row['taxCode'];
    if (typeof taxCode !== 'string' || taxCode === '')
      this.fault('fieldRequired', { field: `${place}.taxCode` });
    else if (this.account.taxRate(taxCode) === null) {
      this.invalid(`${place}.taxCode`, taxCode, 'it is no tax code of the account', null);
    }
    const wanted = row['nominalCode'] ?? '4000';
    const nominal = NOMINAL_CODES.find(({ code }) => code === wanted);
    if (!nominal) this.invalid(`${place}.nominalCode`, wanted, 'it is no nominal code of the account', null);
    return {
      product,
      name: name ?? '',
      quantity: this.quantity(row['quantity'], `${place}.quantity`, product),
      net: this.amount(row['net'], `${place}.net`),
      tax: this.amount(row['tax'], `${place}.tax`),
      taxCode: String(taxCode),
      nominalCode: nominal?.code ?? '',
      externalRef: typeof row['externalRef'] === 'string' ? row['externalRef'] : null,
    };
  }

  private product(value: unknown, field: string): SimProduct | null {
    if (value === undefined || value === null) return null;
    const product = this.account.products.get(readId(value) ?? 0) ?? null;
    if (product === null) return this.invalid(field, value, 'the product does not exist', null);
    const { archivedRefusedOn = 'all' } = this.account.options;
    const refused =
      archivedRefusedOn === 'all' || (archivedRefusedOn === 'sales-orders' && this.type === 'SO');
    if (refused && this.account.statusOf(product) === 'ARCHIVED') {
      this.invalid(field, value, `the product ${product.sku} is archived`, null);
    }
    return product;
  }

  /** A whole number for stock-tracked products and bundles, else up to four decimals [D order-row POST]. */
  private quantity(value: unknown, field: string, product: SimProduct | null): number {
    if (value === undefined) {
      this.fault('fieldRequired', { field });
      return UNIT;
    }
    const quantity = readDecimal(value, 4);
    if (quantity === null || quantity <= 0) {
      return this.invalid(field, value, 'it must be a positive number of at most 4 decimals', UNIT);
    }
    if (product !== null && quantity % UNIT !== 0) {
      return this.invalid(
        field,
        value,
        'it must be a whole number for a stock-tracked product or bundle',
        UNIT,
      );
    }
    return quantity;
  }

  private amount(value: unknown, field: string): number {
    if (value === undefined) {
      this.fault('fieldRequired', { field });
      return 0;
    }
    return (
      readDecimal(value, 2) ?? this.invalid(field, value, 'it must be a number of at most 2 decimals', 0)
    );
  }

  private invalid<T>(field: string, value: unknown, why: string, instead: T): T {
    this.fault('fieldInvalid', { field, value: JSON.stringify(value ?? null), why });
    return instead;
  }

  private refuseUnknown(
    given: Record<string, unknown>,
    known: ReadonlySet<string>,
    place: string,
    except: string | null,
  ): void {
    if (!(this.account.options.refuseUnknownFields ?? true)) return;
    for (const field of Object.keys(given)) {
      if (!known.has(field) || field === except) this.fault('fieldUnknown', { field: `${place}${field}` });
    }
  }
}

/** How many of a product the credits on an order have taken back already. */
export function creditedBefore(account: Account, parent: SimOrder, productId: number): number {
  const cancelled = account.statusFor('SC', 'cancelled');
  return (account.byParent.get(parent.id) ?? [])
    .filter((order) => order.type === 'SC' && order.statusId !== cancelled)
    .flatMap((order) => order.rows)
    .filter((row) => row.productId === productId && row.parentRowId === null)
    .reduce((sum, row) => sum + row.quantity, 0);
}
