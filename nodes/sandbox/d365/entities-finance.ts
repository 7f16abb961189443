import { entity, type Entity } from './entity-model';

/** The customer ledger, payments, periods, tax and call center payments (A8, A10). */
export const FINANCE_ENTITIES: readonly Entity[] = [
  entity(
    'CustTransactions',
    'CustTransactionEntity',
    'dataAreaId SysRecId',
    `dataAreaId SysRecId:Int64 AccountNum Invoice Voucher AmountCur:Decimal CurrencyCode PaymMode PaymReference
     TransType:LedgerTransType TransDate:DateTimeOffset Closed:DateTimeOffset`,
    { indexed: ['AccountNum', 'Invoice', 'Voucher'] },
  ),
  entity(
    'CustTransOpens',
    'CustTransOpenEntity',
    'dataAreaId SysRecId',
    `dataAreaId SysRecId:Int64 AccountNum AmountCur:Decimal`,
    { indexed: ['AccountNum'] },
  ),
  entity(
    'CustomerPaymentMethods',
    'CustCustomerPaymentMethodEntity',
    'dataAreaId Name',
    `dataAreaId Name Description PaymentType:CustPaymentType AccountType:LedgerJournalACType
     PaymentAccountDisplayValue ValidatePaymentReferenceIsMandatory:NoYes PaymentJournalName PaymentStatus`,
    { indexed: ['Name'] },
  ),
  entity(
    'CustomerPaymentJournalHeaders',
    'CustPaymentJournalHeaderEntity',
    'dataAreaId JournalBatchNumber',
    `dataAreaId JournalBatchNumber JournalName Description OverrideSalesTax:NoYes IsPosted:NoYes`,
    {
      writable: true,
      indexed: ['JournalBatchNumber', 'Description'],
    },
  ),
  entity(
    'CustomerPaymentJournalLines',
    'CustPaymentJournalLineEntity',
    'dataAreaId JournalBatchNumber LineNumber',
    `dataAreaId JournalBatchNumber LineNumber:Decimal AccountType:LedgerJournalACType AccountDisplayValue
     DebitAmount:Decimal CreditAmount:Decimal CurrencyCode TransactionDate:DateTimeOffset PaymentMethodName
     PaymentReference PaymentId MarkedInvoice OffsetAccountType:LedgerJournalACType OffsetAccountDisplayValue
     TransactionText SettleVoucher:SettlementType Voucher PostingProfile`,
    { writable: true, indexed: ['JournalBatchNumber', 'PaymentReference'] },
  ),
  entity(
    'PaymentJournalLineSettledInvoices',
    'CustPaymentJournalLineSettledInvoiceEntity',
    'dataAreaId JournalBatchNumber LineNumber InvoiceNumber',
    `dataAreaId JournalBatchNumber LineNumber:Decimal InvoiceNumber SettledAmount:Decimal`,
    { writable: true, indexed: ['JournalBatchNumber', 'InvoiceNumber'] },
  ),
  entity(
    'LedgerFiscalPeriods',
    'LedgerFiscalPeriodEntity',
    'LedgerName Calendar YearName PeriodName',
    `LedgerName Calendar YearName PeriodName LegalEntityId PeriodStatus:FiscalPeriodStatus
     CustAccessLevel:FiscalPeriodAccessLevel SalesAccessLevel:FiscalPeriodAccessLevel
     InventAccessLevel:FiscalPeriodAccessLevel LedgerAccessLevel:FiscalPeriodAccessLevel
     TaxAccessLevel:FiscalPeriodAccessLevel`,
    { indexed: ['LegalEntityId', 'YearName'] },
  ),
  entity(
    'FiscalPeriods',
    'FiscalCalendarPeriodEntity',
    'Calendar FiscalYear StartDate EndDate PeriodName',
    `Calendar FiscalYear StartDate:DateTimeOffset EndDate:DateTimeOffset PeriodName Type:FiscalPeriodType`,
    { indexed: ['FiscalYear'] },
  ),
  entity(
    'NumberSequencesV2References',
    'NumberSequenceReferenceEntity',
    'ScopeType ScopeValue DataTypeName',
    `ScopeType ScopeValue DataTypeName NumberSequenceCode`,
  ),
  entity('TaxGroups', 'TaxGroupEntity', 'dataAreaId TaxGroupCode', `dataAreaId TaxGroupCode Description`),
  entity(
    'TaxGroupDatas',
    'TaxGroupDataEntity',
    'dataAreaId TaxGroupCode TaxCode',
    `dataAreaId TaxGroupCode TaxCode`,
  ),
  entity(
    'TaxItemGroups',
    'TaxItemGroupEntity',
    'dataAreaId TaxItemGroupCode',
    `dataAreaId TaxItemGroupCode Description`,
  ),
  entity('TaxCodes', 'TaxCodeEntity', 'dataAreaId TaxCode', `dataAreaId TaxCode Description`),
  entity(
    'CallCenterSalesOrderCustomerPayments',
    'MCRSalesOrderCustomerPaymentEntity',
    'dataAreaId LineNumber SalesOrderId',
    `dataAreaId LineNumber:Decimal SalesOrderId CustomerPaymentType:MCRCustPaymentType Status:MCRCustPaymentStatus
     RetailStoreTenderTypeId RetailStoreCardTypeId UniqueCreditCardId RetailGiftCardId Amount:Decimal
     PostedAmount:Decimal CurrencyCode IsPrepay:NoYes OriginalRefundSalesOrderId OriginalRefundLineNumber:Decimal
     RetailChannelId`,
    { indexed: ['SalesOrderId'] },
  ),
  entity(
    'CallCenterRefundMethods',
    'MCRRefundMethodEntity',
    'dataAreaId CurrencyCode',
    `dataAreaId CurrencyCode TenderTypeId PaymentMode`,
  ),
];
