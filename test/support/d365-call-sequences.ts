/** The call sequences of `reference/dynamics365.md` A14 and B6, as `ProductRig.calls` tells them. */

/** F-1: the sale, what was returned of it, its customer, items with their stop flags. */
export const FSCM_SALE_LOOK_UPS = [
  'GET SalesOrderLinesV3',
  'GET SalesInvoiceHeadersV4',
  'GET CustomersV3',
  'GET ReturnOrderHeadersV2',
  'GET ReturnOrderLinesV2',
  'GET ReleasedProductsV2',
  'GET ProductDefaultOrderSettings',
  'GET ProductLifecycleStateProcesses',
];

/** F-2 step 1 and F-1: what is read before a return order is made. */
export const FSCM_ORDER_CHECKS = [
  'GET ReturnOrderHeadersV2',
  'GET SalesOrderHeadersV4',
  ...FSCM_SALE_LOOK_UPS,
];

/** F-2 for so many lines; what was made is read back. */
export function fscmReturnOrder(lines: number): string[] {
  const rows = Array.from({ length: lines }, () => 'POST ReturnOrderLinesV2');
  return [...FSCM_ORDER_CHECKS, 'POST ReturnOrderHeadersV2', ...rows, 'GET ReturnOrderHeadersV2'];
}

/** F-4 step 1: is the journal there, and are header and lines in a state to be received? */
export const FSCM_ARRIVAL_CHECKS = ['GET ItemArrivalJournalHeadersV2', 'GET ReturnOrderHeadersV2'];

/** The writes of F-4 for so many lots, as far as the flow makes them. */
export function fscmJournal(lots: number): string[] {
  return ['POST ItemArrivalJournalHeadersV2', ...Array<string>(lots).fill('POST ItemArrivalJournalLinesV2')];
}

/** What a credit looks at each time: return order, credit notes, the customer's hold, what dispositions do. */
export const FSCM_CREDIT_LOOK = [
  'GET ReturnOrderHeadersV2',
  'GET SalesInvoiceHeadersV4',
  'GET CustomersV3',
  'GET ReturnDispositionCodes',
];

/** What is read before anything of a credit is posted, without the fiscal periods. */
export const FSCM_CREDIT_CHECKS = [...FSCM_CREDIT_LOOK, ...FSCM_SALE_LOOK_UPS];

/** F-5 and F-6, each read back, and the lines of the credit note with those of the sale’s invoice. */
export const FSCM_CREDIT = [
  ...FSCM_CREDIT_CHECKS,
  'GET LedgerFiscalPeriods',
  'GET FiscalPeriods',
  'POST postReturnPackingSlip',
  ...FSCM_CREDIT_LOOK,
  'POST postReturnInvoice',
  ...FSCM_CREDIT_LOOK,
  'GET SalesInvoiceV4Lines',
];

/** The writes of F-7. */
export const FSCM_REFUND = [
  'POST CustomerPaymentJournalHeaders',
  'POST CustomerPaymentJournalLines',
  'POST postPaymentJournal',
];

/** B-1 to B-3: sale, customer, location, reason, items, our number, and what the sale and others credited. */
export const BC_DRAFT_CHECKS = [
  'GET salesInvoices',
  'GET salesOrders',
  'GET customers',
  'GET locations',
  'GET customerReturnReasons',
  'GET salesCreditMemos',
  'GET items',
  'GET salesCreditMemos',
  'GET salesCreditMemos',
  'GET salesCreditMemos',
];

/** B-4, and read back. */
export const BC_DRAFT = [...BC_DRAFT_CHECKS, 'POST salesCreditMemos', 'GET salesCreditMemos'];

/** B-5: read, with what others credited meanwhile, post, read again under the same id, and the item entries that prove that stock came in. */
export const BC_POST = [
  'GET salesCreditMemos',
  'GET accountingPeriods',
  'GET salesInvoices',
  'GET salesCreditMemos',
  'POST salesCreditMemos/post',
  'GET salesCreditMemos',
  'GET items',
  'GET itemLedgerEntries',
  'GET itemLedgerEntries',
  'GET itemLedgerEntries',
];
