import { entity, many, one, type Entity } from './entity';

/** Master data, set-up and entries (B4). */

const CODES = 'id:Guid! code:Code10 displayName:Text100 lastModifiedDateTime:Time!';

/** A list of codes that can be written. */
function codes(set: string, type: string, table: string, spec = CODES): Entity {
  return entity(set, type, table, spec, { unique: ['code'], indexed: ['code'] });
}

export const MASTER_ENTITIES: readonly Entity[] = [
  entity(
    'companies',
    'company',
    'Company',
    'id:Guid! systemVersion:Text250! timestamp:Int! name:Text30! displayName:Text250',
    { methods: ['GET'] },
  ),
  entity(
    'items',
    'item',
    'Item',
    `id:Guid! number:Code20 displayName:Text100 displayName2:Text50 type:itemType itemCategoryId:Guid
     itemCategoryCode:Code20 blocked:Bool gtin:Code14 inventory:Decimal! unitPrice:Decimal priceIncludesTax:Bool
     unitCost:Decimal taxGroupId:Guid taxGroupCode:Code20 baseUnitOfMeasureId:Guid baseUnitOfMeasureCode:Code10
     generalProductPostingGroupCode:Code20 inventoryPostingGroupCode:Code20 lastModifiedDateTime:Time!`,
    {
      unique: ['number'],
      indexed: ['number', 'gtin'],
      navigation: {
        unitOfMeasure: one('unitsOfMeasure', 'baseUnitOfMeasureId'),
        itemVariants: many('itemVariants', 'itemId'),
        defaultDimensions: many('defaultDimensions', 'parentId'),
      },
    },
  ),
  entity(
    'itemVariants',
    'itemVariant',
    'Item Variant',
    'id:Guid! itemId:Guid itemNumber:Code20 code:Code10 description:Text100 lastModifiedDateTime:Time!',
    {
      unique: ['itemNumber', 'code'],
      indexed: ['itemId', 'itemNumber'],
      navigation: { item: one('items', 'itemId') },
    },
  ),
  codes(
    'unitsOfMeasure',
    'unitOfMeasure',
    'Unit of Measure',
    'id:Guid! code:Code10 displayName:Text50 internationalStandardCode:Code10 symbol:Text10 lastModifiedDateTime:Time!',
  ),
  entity(
    'customers',
    'customer',
    'Customer',
    `id:Guid! number:Code20 displayName:Text100 type:contactType addressLine1:Text100 addressLine2:Text50 city:Text30
     state:Text30 country:Code10 postalCode:Code20 phoneNumber:Text30 email:Text80 salespersonCode:Code20
     balanceDue:Decimal! creditLimit:Decimal taxLiable:Bool taxAreaId:Guid currencyId:Guid currencyCode:Code10
     paymentTermsId:Guid shipmentMethodId:Guid paymentMethodId:Guid blocked:customerBlocked lastModifiedDateTime:Time!`,
    {
      unique: ['number'],
      indexed: ['number', 'email'],
      navigation: {
        currency: one('currencies', 'currencyId'),
        paymentTerm: one('paymentTerms', 'paymentTermsId'),
        shipmentMethod: one('shipmentMethods', 'shipmentMethodId'),
        paymentMethod: one('paymentMethods', 'paymentMethodId'),
        customerFinancialDetail: one('customerFinancialDetails', 'id'),
        defaultDimensions: many('defaultDimensions', 'parentId'),
      },
    },
  ),
  entity(
    'customerFinancialDetails',
    'customerFinancialDetail',
    'Customer',
    'id:Guid! number:Code20! balance:Decimal! totalSalesExcludingTax:Decimal! overdueAmount:Decimal!',
    { methods: ['GET'], indexed: ['number'] },
  ),
  codes(
    'locations',
    'location',
    'Location',
    `id:Guid! code:Code10 displayName:Text100 contact:Text100 addressLine1:Text100 addressLine2:Text50 city:Text30
     state:Text30 country:Code10 postalCode:Code20 phoneNumber:Text30 email:Text80 website:Text80
     lastModifiedDateTime:Time!`,
  ),
  codes(
    'customerReturnReasons',
    'customerReturnReason',
    'Reason Code',
    'id:Guid! code:Code10 description:Text100 lastModifiedDateTime:Time!',
  ),
  codes('paymentMethods', 'paymentMethod', 'Payment Method'),
  codes('paymentTerms', 'paymentTerm', 'Payment Terms'),
  codes('shipmentMethods', 'shipmentMethod', 'Shipment Method'),
  codes(
    'currencies',
    'currency',
    'Currency',
    'id:Guid! code:Code10 displayName:Text30 symbol:Text10 amountRoundingPrecision:Decimal lastModifiedDateTime:Time!',
  ),
  codes(
    'taxGroups',
    'taxGroup',
    'Tax Group',
    'id:Guid! code:Code20 displayName:Text100 taxType:Text20! lastModifiedDateTime:Time!',
  ),
  codes(
    'taxAreas',
    'taxArea',
    'Tax Area',
    'id:Guid! code:Code20 displayName:Text100 taxType:Text20! lastModifiedDateTime:Time!',
  ),
  codes(
    'salespeoplePurchasers',
    'salespersonPurchaser',
    'Salesperson/Purchaser',
    'id:Guid! code:Code20 displayName:Text50 lastModifiedDateTime:Time!',
  ),
  entity(
    'dimensions',
    'dimension',
    'Dimension',
    'id:Guid! code:Code20! displayName:Text50! lastModifiedDateTime:Time!',
    {
      methods: ['GET'],
      indexed: ['code'],
      navigation: { dimensionValues: many('dimensionValues', 'dimensionId') },
    },
  ),
  entity(
    'dimensionValues',
    'dimensionValue',
    'Dimension Value',
    'id:Guid! code:Code20! dimensionId:Guid! displayName:Text50! lastModifiedDateTime:Time!',
    { methods: ['GET'], indexed: ['dimensionId', 'code'] },
  ),
  entity(
    'dimensionSetLines',
    'dimensionSetLine',
    'Dimension Set Entry',
    `id:Guid code:Code20 parentId:Guid parentType:Text50! displayName:Text50! valueId:Guid valueCode:Code20
     valueDisplayName:Text50!`,
    { parent: 'parentId' },
  ),
  entity(
    'defaultDimensions',
    'defaultDimension',
    'Default Dimension',
    'id:Guid! parentId:Guid dimensionId:Guid dimensionCode:Code20! dimensionValueId:Guid dimensionValueCode:Code20!',
    { parent: 'parentId' },
  ),
  entity(
    'accounts',
    'account',
    'G/L Account',
    'id:Guid! number:Code20! displayName:Text100! blocked:Bool! lastModifiedDateTime:Time!',
    { methods: ['GET'], indexed: ['number'] },
  ),
  entity(
    'accountingPeriods',
    'accountingPeriod',
    'Accounting Period',
    'id:Guid! startingDate:Date! name:Text10! newFiscalYear:Bool! closed:Bool! dateLocked:Bool! lastModifiedDateTime:Time!',
    { methods: ['GET'] },
  ),
  entity(
    'itemLedgerEntries',
    'itemLedgerEntry',
    'Item Ledger Entry',
    `id:Guid! entryNumber:Int! itemNumber:Code20! postingDate:Date! entryType:entryType! sourceNumber:Code20!
     sourceType:sourceType! documentNumber:Code20! documentType:entryDocumentType! description:Text100! quantity:Decimal!
     salesAmountActual:Decimal! costAmountActual:Decimal! lastModifiedDateTime:Time!`,
    { methods: ['GET'], indexed: ['documentNumber', 'itemNumber'] },
  ),
  entity(
    'generalLedgerEntries',
    'generalLedgerEntry',
    'G/L Entry',
    `id:Guid! entryNumber:Int! postingDate:Date! documentNumber:Code20! documentType:generalDocumentType! accountId:Guid!
     accountNumber:Code20! description:Text100! debitAmount:Decimal! creditAmount:Decimal! lastModifiedDateTime:Time!`,
    { methods: ['GET'], indexed: ['documentNumber'], navigation: { account: one('accounts', 'accountId') } },
  ),
  entity(
    'journals',
    'journal',
    'Gen. Journal Batch',
    'id:Guid! code:Code10 displayName:Text100 lastModifiedDateTime:Time!',
    {
      unique: ['code'],
      indexed: ['code'],
      actions: ['post'],
      navigation: { journalLines: many('journalLines', 'journalId') },
    },
  ),
  entity(
    'journalLines',
    'journalLine',
    'Gen. Journal Line',
    `id:Guid! journalId:Guid lineNumber:Int accountType:journalAccountType accountId:Guid accountNumber:Code20
     postingDate:Date documentNumber:Code20 externalDocumentNumber:Code35 amount:Decimal description:Text100
     comment:Text250 lastModifiedDateTime:Time!`,
    { parent: 'journalId' },
  ),
  entity(
    'customerPaymentJournals',
    'customerPaymentJournal',
    'Gen. Journal Batch',
    'id:Guid! code:Code10 displayName:Text100 lastModifiedDateTime:Time!',
    {
      unique: ['code'],
      indexed: ['code'],
      navigation: { customerPayments: many('customerPayments', 'journalId') },
    },
  ),
  entity(
    'customerPayments',
    'customerPayment',
    'Gen. Journal Line',
    `id:Guid! journalId:Guid lineNumber:Int customerId:Guid customerNumber:Code20 postingDate:Date documentNumber:Code20
     externalDocumentNumber:Code35 amount:Decimal appliesToInvoiceId:Guid appliesToInvoiceNumber:Code20
     description:Text100 comment:Text250 lastModifiedDateTime:Time!`,
    { parent: 'journalId' },
  ),
];
