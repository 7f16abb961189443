import type { CheckProfile, Check } from '../../nodes/returns/check-profile';
import type { ErpSale, ErpSaleLine, SaleAnswer } from '../../nodes/returns/erp-sale';

/** A line of a sale: one piece for 10.00 with 20 % tax, unless told otherwise. */
export function soldLine(change: Partial<ErpSaleLine> = {}): ErpSaleLine {
  return {
    id: 'row-1',
    externalId: null,
    sku: 'RUN-42-BLU',
    name: null,
    quantity: 1,
    unit: null,
    pieces: 1,
    returned: 0,
    returnedPieces: 0,
    creditedMinor: 0,
    net: 100_000,
    tax: 20_000,
    taxCode: 'T20',
    taxRate: 2000,
    parentId: null,
    substitutedFor: null,
    ...change,
  };
}

export function saleWith(lines: readonly ErpSaleLine[], change: Partial<ErpSale> = {}): SaleAnswer {
  return {
    found: 'sale',
    sale: {
      number: 'SO-1',
      currency: 'GBP',
      state: 'invoiced',
      stateDetail: 'order SO-1',
      customer: { account: 'C-1', known: true, hold: null },
      lines: [...lines],
      ...change,
    },
  };
}

export function profileOf(checks: readonly Check[], change: Partial<CheckProfile> = {}): CheckProfile {
  return {
    checks: new Set(checks),
    orderPattern: null,
    toleranceMinor: 0,
    substitutes: new Map(),
    ...change,
  };
}
