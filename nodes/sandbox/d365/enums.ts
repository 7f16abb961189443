export const ENUMS: Readonly<Record<string, readonly string[]>> = {
  NoYes: ['No', 'Yes'],
  ReturnStatusHeader: ['None', 'Created', 'Open', 'Closed', 'Canceled'],
  ReturnStatusLine: ['None', 'Awaiting', 'Registered', 'Quarantine', 'Received', 'Invoiced', 'Canceled'],
  SalesStatus: ['None', 'Backorder', 'Delivered', 'Invoiced', 'Canceled'],
  DispositionAction: ['Credit', 'CreditOnly', 'Scrap', 'ReplaceCredit', 'ReplaceScrap', 'ReturnToCust'],
  CustVendorBlocked: ['No', 'Invoice', 'All', 'Payment', 'Requisition', 'Never', 'PurchOrder'],
  EcoResProductType: ['None', 'Item', 'Service'],
  EcoResProductLifecycleProcessPolicy: ['Allow', 'Error', 'Warning'],
  EcoResProductLifecycleProcessArea: [
    'Costing',
    'Inventory',
    'Planning',
    'Production',
    'Purchasing',
    'Sales',
    'Warehouse',
  ],
  UnitOfMeasureConversionRounding: ['Nearest', 'Up', 'Down'],
  InventTransType: [
    'Sales',
    'InventTransaction',
    'InventLossProfit',
    'InventTransfer',
    'QuarantineOrder',
    'QualityOrder',
    'WHSInboundShipmentOrder',
  ],
  SalesOrderProcessingStatus: ['Active', 'Invoiced', 'PartiallyInvoiced', 'Canceled'],
  FiscalPeriodStatus: ['OnHold', 'Open', 'Closed'],
  FiscalPeriodAccessLevel: ['All', 'None', 'User'],
  FiscalPeriodType: ['Opening', 'Operating', 'Closing'],
  CustPaymentType: ['Other', 'ElectronicPayment', 'Check', 'BillOfExchange', 'CreditCard'],
  LedgerJournalACType: ['Ledger', 'Cust', 'Vend', 'Project', 'FixedAssets', 'Bank'],
  LedgerTransType: ['None', 'Sales', 'Payment'],
  SettlementType: ['None', 'OpenTransact', 'SelectedTransact'],
  MCRCustPaymentType: [
    'None',
    'OnAccount',
    'Cash',
    'Check',
    'CreditCard',
    'RefundCheck',
    'GiftCard',
    'LoyaltyCard',
  ],
  MCRCustPaymentStatus: ['NotSubmitted', 'Authorized', 'Declined', 'Posted', 'Paid'],
  WHSWarehouseType: ['Standard', 'Quarantine', 'Transit'],
};

/** Values that do not follow the order of the members (A7, A8, A10). */
const VALUES: Readonly<Record<string, readonly number[]>> = {
  InventTransType: [0, 4, 5, 6, 15, 25, 35],
  SalesOrderProcessingStatus: [0, 5, 6, 7],
  MCRCustPaymentType: [0, 1, 2, 3, 4, 6, 7, 8],
};

export function memberValue(enumType: string, position: number): number {
  return VALUES[enumType]?.[position] ?? position;
}
