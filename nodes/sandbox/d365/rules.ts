import type { TaxRules } from './tax';

/**
 * How one environment is set up. What `reference/dynamics365.md` marks as inferred [I] or unknown [U] is a setting
 * here, with its mark; the usual reading is the default.
 */
export interface ErpRules {
  /** A return order number of the caller's own is taken; off in the usual environment (A5) [I]. */
  manualNumberSequence: boolean;
  /** A positive quantity on a return line of goods is refused (D1, item 4) [I]. Service items (fees) may be positive. */
  strictNegativeQuantity: boolean;
  /** Longest text of a field; the reference does not state them, so they are generous [U]. */
  fieldLengths: Readonly<Record<string, number>>;
  /** Statuses of a return order in which goods may arrive (A4.1) [I]. */
  receivable: readonly string[];
  /** What makes a return order Open (A4.1, D3) [I]. */
  opensAt: 'first-registration' | 'creation';
  /** A credit-only disposition that comes over OData makes its line Received at once (A4.1, D3) [U]. */
  creditOnlyOverOData: boolean;
  /** `ReturningInventoryLotId` is taken over OData, and then checked against the sale (A6, D3) [U]. */
  saleLotWritable: boolean;
  /** Statuses of a return line in which it may be changed over OData (A14, F-3) [I]. */
  lineEditable: readonly string[];
  /** The deadline of a return order is this many days ahead (A4). Nothing is refused because it has passed. */
  validityDays: number;
  /** Arrival journals are refused for warehouses with advanced warehouse management (D3) [I]. */
  wmsRefusesArrivalJournals: boolean;
  /** A quarantine warehouse of its own, which the others send to; empty: goods are blocked where they arrive [I]. */
  quarantineWarehouse: string;
  /** Releases a return fee (`RETURN-FEE`, a service) and a product master with variants (`TEE-MASTER`) besides the shop's items. */
  specialProducts: boolean;
  /** Names that journals may have; they have no entity set (A7). */
  arrivalJournalNames: readonly string[];
  paymentJournalNames: readonly string[];
  /** The standard batch jobs refuse journals made over OData with "not locked by system" (A7). */
  batchNeedsSystemLock: boolean;
  /** Where the customer's own posting service is; null for an environment that has none (A7). */
  customService: string | null;
  /** The posting service throws (500) where it could answer `Success: false` (A7, A15). */
  serviceThrows: boolean;
  /** Tax that the ERP works out by itself (A6). */
  tax: TaxRules;
  /** Cost of an item as a share of its price, where no sale and no `ReturnUnitCost` tells it. */
  costShare: number;
  /** Units of each item in the main warehouse at the beginning. */
  openingStock: number;
  /** Credit notes and payments settle by themselves, the oldest first (A4). */
  automaticSettlement: boolean;
  /** Payment lines get a voucher by themselves; else posting wants one (A15). */
  paymentVouchers: boolean;
  /** Orders are of a call center, which works out refund lines (A10). */
  callCenter: boolean;
  /** Tender of a refund where the original one does not tell it (A10). */
  defaultRefundTender: string;
  /** Charges that reason codes (per order) and disposition codes (per line) put on a return; positive lessens it (A4). */
  charges: {
    byReason: Readonly<Record<string, number>>;
    byDisposition: Readonly<Record<string, number>>;
  };
}

export function rulesFrom(given: Partial<ErpRules>): ErpRules {
  return {
    manualNumberSequence: given.manualNumberSequence ?? false,
    strictNegativeQuantity: given.strictNegativeQuantity ?? true,
    fieldLengths: { CustomersOrderReference: 60, ExternalItemNumber: 60, ...given.fieldLengths },
    receivable: given.receivable ?? ['Created', 'Open'],
    opensAt: given.opensAt ?? 'first-registration',
    creditOnlyOverOData: given.creditOnlyOverOData ?? true,
    saleLotWritable: given.saleLotWritable ?? false,
    lineEditable: given.lineEditable ?? ['Awaiting'],
    validityDays: given.validityDays ?? 30,
    wmsRefusesArrivalJournals: given.wmsRefusesArrivalJournals ?? true,
    quarantineWarehouse: given.quarantineWarehouse ?? '',
    specialProducts: given.specialProducts ?? false,
    arrivalJournalNames: given.arrivalJournalNames ?? ['RETARR', 'ARRIVAL'],
    paymentJournalNames: given.paymentJournalNames ?? ['CUSTPAY', 'RETREFUND'],
    batchNeedsSystemLock: given.batchNeedsSystemLock ?? false,
    customService:
      given.customService === undefined
        ? '/api/services/RetConnectorServiceGroup/RetConnectorService'
        : given.customService,
    serviceThrows: given.serviceThrows ?? false,
    tax: given.tax ?? { percent: 0, byItemTaxGroup: {}, included: false, rounding: 'invoice' },
    costShare: given.costShare ?? 0.4,
    openingStock: given.openingStock ?? 50,
    automaticSettlement: given.automaticSettlement ?? false,
    paymentVouchers: given.paymentVouchers ?? true,
    callCenter: given.callCenter ?? false,
    defaultRefundTender: given.defaultRefundTender ?? 'CHECK',
    charges: given.charges ?? { byReason: {}, byDisposition: {} },
  };
}
