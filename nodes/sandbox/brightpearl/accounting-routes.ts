import type { Account } from './account';
import { IdSet } from './id-set';
import { bodyOf, listAnswer } from './order-routes';
import { NOMINAL_CODES, type SimPayment } from './records';
import { Refusal, refuse, type Fault } from './refusal';
import { runSearch, type SearchResource } from './search';
import type { BrightpearlDials } from './simulator-types';
import { money, ok, readDecimal, readId, readTime, wireTime, type Answer, type Route } from './wire';

const PAYMENT_TYPES = new Set(['AUTH', 'CAPTURE', 'PAYMENT', 'RECEIPT', 'VOID']);

/** The accounting service, as far as returns need it. */
export function accountingRoutes(account: Account, dials: BrightpearlDials): Route[] {
  const payments = paymentSearch(account);
  return [
    {
      method: 'GET',
      pattern: /^\/accounting-service\/tax-code\/?([^/]*)$/,
      handle: (_call, [ids = '']) => {
        const set = ids === '' ? null : IdSet.parse(ids);
        const found = account.taxCodes.filter(({ id }) => set?.has(id) ?? true);
        return listAnswer(
          account,
          // The vendor's example leaves a rate of nothing out [D].
          found.map(({ rate, ...tax }) => ({ ...tax, rate: rate === 0 ? undefined : rate })),
          'tax codes',
        );
      },
    },
    {
      method: 'GET',
      pattern: /^\/accounting-service\/nominal-code\/?([^/]*)$/,
      handle: (_call, [ids = '']) => {
        const set = ids === '' ? null : IdSet.parse(ids);
        const found = NOMINAL_CODES.filter(({ id }) => set?.has(id) ?? true);
        return listAnswer(
          account,
          found.map((nominal) => ({
            ...nominal,
            expense: false,
            discount: false,
            editable: true,
            active: true,
          })),
          'nominal codes',
        );
      },
    },
    {
      method: 'GET',
      pattern: /^\/accounting-service\/payment-method\/?([^/]*)$/,
      handle: (_call, [ids = '']) => {
        const set = ids === '' ? null : IdSet.parse(ids);
        const all = account.paymentMethods.map((method, index) => ({ ...method, id: index + 1 }));
        return listAnswer(
          account,
          all
            .filter(({ id }) => set?.has(id) ?? true)
            .map(({ id, code, name, bankAccount }) => ({
              id,
              name,
              code,
              isActive: true,
              bankAccounts:
                bankAccount === null
                  ? []
                  : [{ currencyIsoCode: account.world.currency, bankAccountNominalCode: bankAccount }],
              installedIntegrationId: 0,
            })),
          'payment methods',
        );
      },
    },
    {
      method: 'GET',
      pattern: /^\/accounting-service\/accounting-period-lock$/,
      handle: () => {
        if (dials.periodLockedUntil === '') return refuse('noPeriodLock');
        return ok({ lockedBy: dials.periodLockedBy, lockedUntil: dials.periodLockedUntil });
      },
    },
    {
      method: 'GET',
      pattern: /^\/accounting-service\/customer-payment-search$/,
      handle: (call) => runSearch(payments, call),
    },
    {
      method: 'POST',
      pattern: /^\/accounting-service\/customer-payment\/?$/,
      handle: (call) => createPayment(account, bodyOf(call)),
    },
  ];
}

/** The checks of customer-payment POST [D]. Nothing there limits the amount to what was paid before. */
function createPayment(account: Account, body: Record<string, unknown>): Answer {
  const faults: Fault[] = [];
  const invalid = (field: string, why: string): void => {
    faults.push({ key: 'fieldInvalid', values: { field, value: JSON.stringify(body[field] ?? null), why } });
  };
  const text = (field: string, longest: number, required: boolean): string | null => {
    const value = body[field];
    if (value === undefined || value === null || value === '') {
      if (required) faults.push({ key: 'fieldRequired', values: { field } });
      return null;
    }
    if (typeof value === 'string' && value.length <= longest) return value;
    invalid(field, `it must be a text of at most ${longest} characters`);
    return null;
  };
  const amount = (field: string): number => {
    if (body[field] === undefined) return 0;
    const value = readDecimal(body[field], 2);
    if (value === null || value < 0)
      invalid(field, 'it must be a number of at most 2 decimals, and not negative');
    return value ?? 0;
  };
  const transactionRef = text('transactionRef', 64, false);
  const transactionCode = text('transactionCode', 64, false);
  const method = text('paymentMethodCode', 36, true) ?? '';
  const type = text('paymentType', 10, true) ?? '';
  if (type !== '' && !PAYMENT_TYPES.has(type)) invalid('paymentType', [...PAYMENT_TYPES].join(', '));
  const currency = text('currencyIsoCode', 3, true) ?? '';
  if (currency !== '' && currency.length !== 3) invalid('currencyIsoCode', 'it must have 3 characters');
  const order = account.orders.get(readId(body['orderId']) ?? 0);
  if (body['orderId'] === undefined) faults.push({ key: 'fieldRequired', values: { field: 'orderId' } });
  else if (!order) invalid('orderId', 'the order does not exist');
  const paymentDate = readTime(body['paymentDate']);
  if (body['paymentDate'] === undefined)
    faults.push({ key: 'fieldRequired', values: { field: 'paymentDate' } });
  else if (paymentDate === null) invalid('paymentDate', 'it must be an ISO 8601 date');
  if (type === 'AUTH' && readTime(body['authorizationExpiry']) === null) {
    faults.push({ key: 'fieldRequired', values: { field: 'authorizationExpiry' } });
  }
  const rate = body['exchangeRate'];
  if (rate !== undefined && !(Number(rate) > 0)) invalid('exchangeRate', 'it must be greater than 0');
  const amountPaid = amount('amountPaid');
  const amountAuthorised = amount('amountAuthorized');
  if (faults.length > 0) throw new Refusal(faults);
  if (transactionRef !== null && account.paymentKeys.has(`${method}|${transactionRef}`)) {
    refuse('duplicatePayment', { ref: transactionRef, method });
  }
  const authorises = type === 'AUTH' || type === 'VOID';
  // A journal follows only for a method that exists with a bank account for the currency [D].
  const bank = account.paymentMethods.find(({ code }) => code === method.toUpperCase())?.bankAccount ?? null;
  const journalled = !authorises && bank !== null && currency === account.world.currency;
  const payment: SimPayment = {
    id: account.nextId('payment', 7001),
    orderId: order?.id ?? 0,
    type,
    method,
    transactionRef,
    transactionCode,
    currency,
    amountPaid: authorises ? 0 : amountPaid,
    amountAuthorised: authorises ? amountAuthorised : 0,
    paymentDate: paymentDate ?? account.now(),
    createdOn: account.now(),
    journalId: journalled ? account.nextId('journal', 90_001) : null,
    origin: 'api',
  };
  account.keepPayment(payment);
  return ok(payment.id);
}

/** Columns of customer-payment-search [D]. */
function paymentSearch(account: Account): SearchResource<SimPayment> {
  return {
    columns: [
      { name: 'paymentId', type: 'IDSET', value: (payment) => payment.id },
      { name: 'transactionRef', type: 'STRING', value: (payment) => payment.transactionRef },
      { name: 'transactionCode', type: 'STRING', value: (payment) => payment.transactionCode },
      { name: 'paymentMethodCode', type: 'STRING', value: (payment) => payment.method },
      { name: 'paymentType', type: 'STRING', value: (payment) => payment.type },
      { name: 'orderId', type: 'IDSET', value: (payment) => payment.orderId },
      { name: 'currencyId', type: 'IDSET', value: () => 1 },
      { name: 'currencyCode', type: 'STRING', value: (payment) => payment.currency },
      { name: 'amountAuthorized', type: 'STRING', value: (payment) => money(payment.amountAuthorised) },
      { name: 'amountPaid', type: 'STRING', value: (payment) => money(payment.amountPaid) },
      { name: 'expires', type: 'PERIOD', value: () => null },
      { name: 'paymentDate', type: 'PERIOD', value: (payment) => wireTime(payment.paymentDate) },
      { name: 'createdOn', type: 'PERIOD', value: (payment) => wireTime(payment.createdOn) },
      { name: 'journalId', type: 'IDSET', value: (payment) => payment.journalId },
    ],
    rows: (query) => {
      const order = query.get('orderId') ?? '';
      return /^\d+$/.test(order) ? account.paymentsOf({ id: Number(order) }) : account.payments.values();
    },
    sort: 'paymentId',
  };
}
