/**
 * What the simulated Brightpearl refuses, and in which words. The form of a code (four letters of the service, three
 * digits) and the codes marked [D] are the vendor's own examples. The others are not published: they are made up in
 * that form [U] and every one can be replaced through the option `refusals`, so that a connector cannot lean on them.
 */
export interface RefusalText {
  status: number;
  code: string;
  /** Words in braces are replaced by what was found. */
  message: string;
}

export const REFUSALS = {
  // [D] help 212644943 "Structure of JSON responses", accounting-period-lock GET, quarantine-release POST.
  notFound: { status: 404, code: 'CMNC-404', message: 'Cannot find the resource {what}' },
  nothingFound: { status: 404, code: 'CMNC-404', message: 'No {what} found within the requested IDs' },
  noPeriodLock: { status: 404, code: 'CMNC-404', message: 'No accounting period lock is set ' },
  bodyMissing: {
    status: 400,
    code: 'CMNC-010',
    message: 'You must supply a JSON formatted body with your request',
  },
  nothingInLocation: {
    status: 400,
    code: 'WHSB-023',
    message: 'None of the requested products are available in location {location}',
  },
  // [U] from here on.
  methodNotAllowed: { status: 405, code: 'CMNC-405', message: 'The method {method} is not allowed here' },
  forbidden: { status: 403, code: 'CMNC-403', message: 'You are not permitted to use {what}' },
  idSetInvalid: { status: 400, code: 'CMNC-020', message: 'The ID set {value} is not valid' },
  idSetEmpty: { status: 400, code: 'CMNC-021', message: 'An ID set is required for {what}' },
  idSetTooLarge: {
    status: 400,
    code: 'CMNC-022',
    message: 'The ID set holds {count} IDs; at most {limit} can be requested',
  },
  filterUnknown: { status: 400, code: 'CMNC-030', message: 'The filter {field} is not known to this search' },
  filterInvalid: {
    status: 400,
    code: 'CMNC-031',
    message: 'The value {value} is not valid for the filter {field}',
  },
  pageInvalid: { status: 400, code: 'CMNC-032', message: 'The value {value} of {field} is not valid' },
  fieldRequired: { status: 400, code: 'CMNC-040', message: 'The field {field} is required' },
  fieldUnknown: { status: 400, code: 'CMNC-041', message: 'The field {field} is not known' },
  fieldInvalid: {
    status: 400,
    code: 'CMNC-042',
    message: 'The value {value} is not valid for the field {field}: {why}',
  },
  duplicateExternalRef: {
    status: 409,
    code: 'ORDC-118',
    message:
      'An order with external reference {externalRef} and installed integration instance {instance} already exists with ID {id}',
  },
  orderLocked: { status: 409, code: 'ORDC-061', message: 'Order {id} is locked and cannot be changed' },
  parentUnknown: { status: 400, code: 'ORDC-055', message: 'The parent order {id} is not a sales order' },
  parentPending: {
    status: 409,
    code: 'ORDC-062',
    message: 'The parent order {id} is in invoice pending state',
  },
  customerUnknown: { status: 400, code: 'ORDC-020', message: 'The customer {id} does not exist' },
  overCredited: {
    status: 400,
    code: 'ORDC-070',
    message: 'The quantity {value} of the field {field} is more than can be credited',
  },
  alreadyInvoiced: { status: 409, code: 'ORDC-080', message: 'Order {id} has already been invoiced' },
  orderCancelled: { status: 409, code: 'ORDC-081', message: 'Order {id} is cancelled' },
  notAuthorised: {
    status: 409,
    code: 'ORDC-082',
    message: 'Order {id} has the status {status}, which needs authorisation before it is invoiced',
  },
  periodLocked: {
    status: 409,
    code: 'ACCC-045',
    message: 'The accounting period is locked until {until}',
  },
  duplicatePayment: {
    status: 409,
    code: 'ACCC-071',
    message: 'A payment with transaction reference {ref} and payment method {method} already exists',
  },
  duplicateBatchReference: {
    status: 409,
    code: 'WHSC-091',
    message: 'The batch reference {ref} is already used by another goods-in note',
  },
  overReceived: {
    status: 400,
    code: 'WHSC-092',
    message: 'Order row {row} has {open} items left to receive, not {quantity}',
  },
  notReceivable: { status: 400, code: 'WHSC-093', message: 'Goods cannot be received on order {id}' },
  notEnoughStock: {
    status: 400,
    code: 'WHSC-094',
    message: 'There are {held} of product {product} in location {location}, not {quantity}',
  },
} as const satisfies Record<string, RefusalText>;

export type RefusalKey = keyof typeof REFUSALS;
export type RefusalOverrides = Partial<Record<RefusalKey, Partial<RefusalText>>>;

export interface Fault {
  key: RefusalKey;
  values: Readonly<Record<string, string | number>>;
}

/** A refusal with all its reasons: Brightpearl lists every fault of a body, not only the first [D: WHSB-038 with WHSC-070]. */
export class Refusal extends Error {
  constructor(readonly faults: readonly Fault[]) {
    super(faults.map(({ key }) => key).join(', '));
  }
}

export function refuse(key: RefusalKey, values: Fault['values'] = {}): never {
  throw new Refusal([{ key, values }]);
}

/** Turns a refusal into the vendor's answer; the status is that of the first fault. */
export function refusalAnswer(
  refusal: Refusal,
  overrides: RefusalOverrides,
): { status: number; body: { errors: { code: string; message: string }[] } } {
  const texts = refusal.faults.map(({ key, values }) => {
    const text = { ...REFUSALS[key], ...overrides[key] };
    const message = text.message.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
    return { status: text.status, code: text.code, message };
  });
  return {
    status: texts[0]?.status ?? 400,
    body: { errors: texts.map(({ code, message }) => ({ code, message })) },
  };
}

/** The fault of a field whose value cannot be taken. */
export function invalidField(field: string, value: unknown, why: string): Fault {
  return { key: 'fieldInvalid', values: { field, value: JSON.stringify(value ?? null), why } };
}
