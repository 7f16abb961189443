import { currencyDecimals } from '../../returns/money';
import type { WorldOrder } from '../world';
import type { Account, NewRow } from './account';
import { blankOrder, MAIN_WAREHOUSE, totals, UNIT, type SimOrder } from './records';

/** Makes the sales order that the shop's own integration would have imported. */
export function importOrder(account: Account, source: WorldOrder, index: number): void {
  const at = Date.parse(source.orderedAt);
  const contact = [...account.contacts.values()].find(({ account }) => account === source.customer);
  const channelId =
    account.options.channelOf?.(source, index) ?? account.channels[index % account.channels.length]?.id ?? 1;
  const cancelled = source.state === 'cancelled';
  const invoiced = source.state !== 'not-invoiced' && !cancelled;
  const order: SimOrder = {
    ...blankOrder(account.nextId('order', 100_001), 'SO', at),
    ref: source.number,
    externalRef: source.id,
    instanceId: account.options.shopInstanceId ?? 2,
    // An order whose customer is gone points to a contact that does not exist.
    contactId: source.state === 'no-customer' || !contact ? 900_000 + index : contact.id,
    statusId: account.statusFor('SO', cancelled ? 'cancelled' : invoiced ? 'invoiced' : 'default'),
    warehouseId: MAIN_WAREHOUSE,
    channelId,
    priceModeCode: account.options.priceMode ?? 'INC',
    currency: account.world.currency,
    shipped: invoiced,
    origin: 'shop',
  };
  const rows = source.lines.map((line): NewRow => {
    const product = account.bySku.get(line.sku) ?? null;
    const taxCode = product?.taxCode ?? account.taxCodes[0]?.code ?? 'T0';
    return {
      product,
      name: product?.name ?? line.sku,
      quantity: line.quantity * UNIT,
      ...split(account, line.amountMinor, taxCode),
      taxCode,
      nominalCode: channelId === account.channels[0]?.id ? '4000' : '4001',
      externalRef: line.lineId,
    };
  });
  const { delivery } = account.options;
  if (delivery) {
    rows.push({
      product: null,
      name: delivery.name,
      quantity: UNIT,
      ...split(account, delivery.amountMinor, delivery.taxCode),
      taxCode: delivery.taxCode,
      nominalCode: '4040',
      externalRef: null,
    });
  }
  account.addRows(order, rows);
  if (invoiced) {
    order.invoice = { state: 'invoiced', reference: `SI-${400_001 + index}`, taxDate: at };
    order.closedOn = at;
  }
  account.keep(order);
  account.byNumber.set(source.number, order.id);
  payOrder(account, order, index);
}

/** The shop's amount, in its smallest unit, as net and tax in hundredths. */
function split(account: Account, amountMinor: number, taxCode: string): { net: number; tax: number } {
  const amount = Math.round(amountMinor * 10 ** (2 - currencyDecimals(account.world.currency)));
  const rate = account.taxRate(taxCode) ?? 0;
  if (account.options.priceMode === 'EXC') return { net: amount, tax: Math.round((amount * rate) / 100) };
  const tax = Math.round((amount * rate) / (100 + rate));
  return { net: amount - tax, tax };
}

function payOrder(account: Account, order: SimOrder, index: number): void {
  const { gross } = totals(order);
  const [first, second] = account.paymentMethods;
  const secondShare = index % 7 === 3 && second ? Math.round(gross * 0.3) : 0;
  const parts: [string | undefined, number][] = [
    [first?.code, gross - secondShare],
    [second?.code, secondShare],
  ];
  for (const [method, amountPaid] of parts) {
    if (method === undefined || amountPaid === 0) continue;
    const id = account.nextId('payment', 7001);
    account.keepPayment({
      id,
      orderId: order.id,
      type: 'RECEIPT',
      method,
      transactionRef: `shop-${order.externalRef ?? ''}-${method}`,
      transactionCode: null,
      currency: order.currency,
      amountPaid,
      amountAuthorised: 0,
      paymentDate: order.placedOn,
      createdOn: order.placedOn,
      journalId: account.nextId('journal', 90_001),
      origin: 'shop',
    });
  }
}
