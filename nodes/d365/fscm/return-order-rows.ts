import type { PostedDocument } from '../../returns/event';
import type { Money } from '../../returns/money';
import { postedLines } from '../../returns/posting-checks';
import { withMappings } from '../../runtime/mappings-node';
import { decimalNumber, type PlannedLine } from './match-lines';
import { NAMES } from './names';
import { and, eq, listPath } from './odata';
import { postedFees, type PlannedFee } from './plan-fees';
import type { ReturnPlace } from './return-places';
import type { SalesOrder } from './orders';
import type { ReturnOrderPolicy } from '../documents';
import { amountOf, linesOf } from './return-order-checks';
import { textOf, type D365Row } from './rows';
import type { D365Settings } from '../settings';

export const KIND = 'return-order';
const SYSTEM = 'd365';

/** What a return order is written with, beside its lines. */
export interface ReturnOrderFacts {
  order: SalesOrder;
  policy: ReturnOrderPolicy;
  settings: Pick<D365Settings, 'company' | 'eachUnit' | 'linkSale'>;
  /** Ours: by it the return order is found again. */
  reference: string;
}

/** @param reason the ERP's code for why the goods come back; undefined where none is sent */
export function headerRow(
  { order, policy, settings, reference }: ReturnOrderFacts,
  reason: string | undefined,
): D365Row {
  return {
    dataAreaId: settings.company,
    CustomerAccountNumber: order.customer,
    InvoiceCustomerAccountNumber: order.invoiceCustomer === '' ? order.customer : order.invoiceCustomer,
    CustomersOrderReference: reference,
    CustomerRequisitionNumber: order.number,
    CurrencyCode: order.currency,
    DefaultReturnWarehouseId: policy.warehouse,
    // The reason is the header's; different reasons of one return are told apart by disposition later (C2).
    ...(reason === undefined ? {} : { CustomerReturnReasonCode: reason }),
  };
}

export function lineRow(
  { settings }: Pick<ReturnOrderFacts, 'settings'>,
  number: string,
  { external, sale, quantity, unit, price, amount }: PlannedLine,
  { warehouse, location }: ReturnPlace,
  unitCost: number,
): D365Row {
  return {
    dataAreaId: settings.company,
    ReturnOrderNumber: number,
    ItemNumber: sale.itemNumber,
    ...sale.dimensions,
    ReturnSalesQuantity: -quantity,
    SalesUnitSymbol: unit,
    SalesPrice: price,
    LineAmount: decimalNumber(amount),
    ReturnWarehouseId: warehouse,
    ...(location === '' ? {} : { ReturnWarehouseLocationId: location }),
    ...(settings.linkSale ? { ReturningInventoryLotId: sale.lotId } : {}),
    ...(unitCost > 0 ? { ReturnUnitCost: unitCost } : {}),
    ExternalItemNumber: external,
  };
}

/** A fee counts above zero, against the goods (C2, return fee SKU). */
export function feeRow(
  { policy, settings }: Pick<ReturnOrderFacts, 'policy' | 'settings'>,
  number: string,
  { external, item, amount }: PlannedFee,
): D365Row {
  return {
    dataAreaId: settings.company,
    ReturnOrderNumber: number,
    ItemNumber: item.itemNumber,
    ReturnSalesQuantity: 1,
    SalesUnitSymbol: item.unit || settings.eachUnit,
    SalesPrice: decimalNumber(amount),
    LineAmount: decimalNumber(amount),
    ReturnWarehouseId: policy.warehouse,
    ExternalItemNumber: external,
  };
}

/** The return order as it stands in the ERP, with the mappings that it was made with. */
export function documentOf(
  row: D365Row,
  number: string,
  { order, policy, settings, reference }: ReturnOrderFacts,
  planned: readonly PlannedLine[],
  fees: readonly PlannedFee[],
  postedAt: string,
): PostedDocument {
  const references = {
    salesOrder: order.number,
    reference,
    company: settings.company,
    lines: postedLines(planned),
    ...(fees.length === 0 ? {} : { fees: postedFees(fees) }),
  };
  return postedReturnOrder(row, {
    number,
    amount: amountOf(linesOf(row), order.currency),
    references: withMappings(references, policy.mappings ?? null),
    postedAt,
  });
}

/** Address of the look-up by our reference, with lines. */
export function returnOrdersPath(company: string, reference: string): string {
  const filter = and(eq('dataAreaId', company), eq('CustomersOrderReference', reference));
  return listPath('ReturnOrderHeadersV2', {
    filter,
    select: NAMES.ReturnOrderHeadersV2,
    expand: 'ReturnOrderLines',
  });
}

/** A return order of the ERP in the pack's own form. */
export function postedReturnOrder(
  row: D365Row,
  facts: { number: string; amount: Money | null; references: Record<string, string>; postedAt: string },
): PostedDocument {
  const rma = textOf(row, 'RMANumber');
  return {
    system: SYSTEM,
    kind: KIND,
    number: facts.number,
    id: null,
    references: { ...(rma === '' ? {} : { rma }), ...facts.references },
    status: textOf(row, 'ReturnStatus') || null,
    amount: facts.amount,
    postedAt: facts.postedAt,
  };
}
