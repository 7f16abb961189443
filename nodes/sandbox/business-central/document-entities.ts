import { entity, many, one, type Entity } from './entity';

/** Sales documents and their lines, with the fields of B4.1 and of the resource pages that it names. */

const CUSTOMER = `customerId:Guid customerNumber:Code20 customerName:Text100! billToName:Text100!
  billToCustomerId:Guid billToCustomerNumber:Code20`;

const address = (prefix: string): string =>
  ['AddressLine1', 'AddressLine2', 'City', 'Country', 'State', 'PostCode']
    .map((part) => `${prefix}${part}:Text100`)
    .join(' ');

const TERMS = `shortcutDimension1Code:Code20 shortcutDimension2Code:Code20 currencyId:Guid currencyCode:Code10
  paymentTermsId:Guid shipmentMethodId:Guid salesperson:Code20 pricesIncludeTax:Bool!`;

const TOTALS = `discountAmount:Decimal discountAppliedBeforeTax:Bool! totalAmountExcludingTax:Decimal!
  totalTaxAmount:Decimal! totalAmountIncludingTax:Decimal!`;

const CONTACT = 'phoneNumber:Text30 email:Text80 lastModifiedDateTime:Time!';

const LINE = `id:Guid! documentId:Guid sequence:Int itemId:Guid accountId:Guid lineType:lineType
  lineObjectNumber:Code20 description:Text100 description2:Text50 unitOfMeasureId:Guid unitOfMeasureCode:Code10
  quantity:Decimal unitPrice:Decimal discountAmount:Decimal discountPercent:Decimal discountAppliedBeforeTax:Bool!
  amountExcludingTax:Decimal! taxCode:Code20 taxPercent:Decimal! totalTaxAmount:Decimal! amountIncludingTax:Decimal!
  invoiceDiscountAllocation:Decimal! netAmount:Decimal! netTaxAmount:Decimal! netAmountIncludingTax:Decimal!
  shipmentDate:Date itemVariantId:Guid locationId:Guid`;

const HEADER_LINKS = {
  customer: one('customers', 'customerId'),
  currency: one('currencies', 'currencyId'),
  paymentTerm: one('paymentTerms', 'paymentTermsId'),
  shipmentMethod: one('shipmentMethods', 'shipmentMethodId'),
  dimensionSetLines: many('dimensionSetLines', 'parentId'),
};

const LINE_LINKS = {
  item: one('items', 'itemId'),
  account: one('accounts', 'accountId'),
  unitOfMeasure: one('unitsOfMeasure', 'unitOfMeasureId'),
  itemVariant: one('itemVariants', 'itemVariantId'),
  location: one('locations', 'locationId'),
  dimensionSetLines: many('dimensionSetLines', 'parentId'),
};

function lines(set: string, type: string, header: string, headerType: string): Entity {
  return entity(set, type, 'Sales Line', LINE, {
    parent: 'documentId',
    navigation: { ...LINE_LINKS, [headerType]: one(header, 'documentId') },
  });
}

/** Read-only entities of the return order (BC 29 and later). */
const RETURN_ORDER = `id:Guid! number:Code20 externalDocumentNumber:Code35 documentDate:Date postingDate:Date dueDate:Date
  sellToCustomerNumber:Code20 sellToCustomerName:Text100 billToName:Text100 billToCustomerNumber:Code20
  currencyCode:Code10 pricesIncludingVAT:Bool yourReference:Text35 locationCode:Code10
  shortcutDimension1Code:Code20 shortcutDimension2Code:Code20 lastModifiedDateTime:Time!`;

export const DOCUMENT_ENTITIES: readonly Entity[] = [
  entity(
    'salesOrders',
    'salesOrder',
    'Sales Header',
    `id:Guid! number:Code20! externalDocumentNumber:Code35 orderDate:Date postingDate:Date ${CUSTOMER}
     shipToName:Text100 shipToContact:Text100 ${address('sellTo')} ${address('billTo')} ${address('shipTo')} ${TERMS}
     partialShipping:Bool requestedDeliveryDate:Date ${TOTALS} fullyShipped:Bool! status:orderStatus! ${CONTACT}`,
    {
      navigation: { ...HEADER_LINKS, salesOrderLines: many('salesOrderLines', 'documentId') },
      actions: ['shipAndInvoice'],
      indexed: ['number', 'externalDocumentNumber', 'customerNumber'],
    },
  ),
  lines('salesOrderLines', 'salesOrderLine', 'salesOrders', 'salesOrder'),
  entity(
    'salesInvoices',
    'salesInvoice',
    'Sales Header',
    `id:Guid! number:Code20! externalDocumentNumber:Code35 invoiceDate:Date postingDate:Date dueDate:Date
     customerPurchaseOrderReference:Text35 ${CUSTOMER} shipToName:Text100 shipToContact:Text100 ${address('sellTo')}
     ${address('billTo')} ${address('shipTo')} orderId:Guid! orderNumber:Code20! ${TERMS} remainingAmount:Decimal!
     ${TOTALS} status:invoiceStatus! ${CONTACT}`,
    {
      navigation: { ...HEADER_LINKS, salesInvoiceLines: many('salesInvoiceLines', 'documentId') },
      actions: ['post', 'postAndSend', 'send', 'cancel', 'cancelAndSend', 'makeCorrectiveCreditMemo'],
      indexed: ['number', 'externalDocumentNumber', 'orderNumber', 'orderId', 'customerNumber'],
    },
  ),
  lines('salesInvoiceLines', 'salesInvoiceLine', 'salesInvoices', 'salesInvoice'),
  entity(
    'salesCreditMemos',
    'salesCreditMemo',
    'Sales Header',
    `id:Guid! number:Code20! externalDocumentNumber:Code35 creditMemoDate:Date postingDate:Date dueDate:Date ${CUSTOMER}
     ${address('sellTo')} ${address('billTo')} ${TERMS} ${TOTALS} status:creditMemoStatus! invoiceId:Guid
     invoiceNumber:Code20 customerReturnReasonId:Guid ${CONTACT}`,
    {
      navigation: {
        ...HEADER_LINKS,
        customerReturnReason: one('customerReturnReasons', 'customerReturnReasonId'),
        salesCreditMemoLines: many('salesCreditMemoLines', 'documentId'),
      },
      actions: ['post', 'postAndSend', 'send', 'cancel', 'cancelAndSend'],
      indexed: ['number', 'externalDocumentNumber', 'customerNumber'],
    },
  ),
  lines('salesCreditMemoLines', 'salesCreditMemoLine', 'salesCreditMemos', 'salesCreditMemo'),
  entity(
    'salesShipments',
    'salesShipment',
    'Sales Shipment Header',
    `id:Guid! number:Code20 externalDocumentNumber:Code35 invoiceDate:Date postingDate:Date customerNumber:Code20
     customerName:Text100 orderNumber:Code20 lastModifiedDateTime:Time!`,
    { methods: ['GET'], indexed: ['orderNumber', 'number'] },
  ),
  entity(
    'salesReturnOrders',
    'salesReturnOrder',
    'Sales Header',
    `${RETURN_ORDER} orderDate:Date status:documentStatus`,
    {
      methods: ['GET'],
      since: 29,
      navigation: {
        salesReturnOrderLines: {
          to: 'salesReturnOrderLines',
          many: true,
          from: 'number',
          on: 'documentNumber',
        },
      },
      indexed: ['number', 'externalDocumentNumber'],
    },
  ),
  entity(
    'salesReturnOrderLines',
    'salesReturnOrderLine',
    'Sales Line',
    `id:Guid! documentType:documentType documentNumber:Code20 sequence:Int lineType:lineType lineObjectNumber:Code20
     description:Text100 unitOfMeasureCode:Code10 quantity:Decimal unitPrice:Decimal lineDiscountPercent:Decimal
     lineDiscountAmount:Decimal lineAmount:Decimal taxPercent:Decimal amountIncludingTax:Decimal
     returnQtyToReceive:Decimal returnQtyReceived:Decimal lastModifiedDateTime:Time!`,
    { methods: ['GET'], since: 29, indexed: ['documentNumber'] },
  ),
  entity('returnReceipts', 'returnReceipt', 'Return Receipt Header', `${RETURN_ORDER} orderNumber:Code20`, {
    methods: ['GET'],
    since: 29,
    indexed: ['orderNumber', 'number'],
  }),
  ...['salesReturnOrderArchives', 'inventoryReceipts', 'postedInventoryReceipts'].map((set) =>
    entity(set, set.slice(0, -1), 'Archive', 'id:Guid! number:Code20 lastModifiedDateTime:Time!', {
      methods: ['GET'],
      since: 29,
    }),
  ),
];
