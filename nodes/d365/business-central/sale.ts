import type { ErpSale, ErpSaleLine, SaleAnswer } from '../../returns/erp-sale';
import type { ReturnEvent } from '../../returns/event';
import { fineOf } from '../../returns/fine-amount';
import { subtractMoney } from '../../returns/money';
import { documentReference } from '../../runtime/document-reference';
import { eq } from '../fscm/odata';
import { usedByEarlier, type LineUse } from '../fscm/match-lines';
import { wholePiecesIn, type UnitFacts } from '../fscm/unit-facts';
import { textOf } from '../fscm/rows';
import type { D365Settings } from '../settings';
import type { BcCalls } from './client';
import type { PublishedServices } from './published';
import { setPath } from './query';
import { ownNumbers } from './external-number';
import { earlierReturns, findBcSale, memoPaths, type BcSale, type BcSaleLine, type FoundSale } from './sales';

/** What the original sale is read with. */
export interface SaleParts {
  client: BcCalls;
  settings: D365Settings;
  /** What a partner has published: how the items of the sale are counted. */
  services: Pick<PublishedServices, 'unitsOf'>;
}

/**
 * The original sale of a return with what other credit memos took of it, found and counted as the draft itself does it.
 *
 * @param event in the ERP's names
 */
export async function findSale(
  event: ReturnEvent,
  orderNumber: string,
  { client, settings, services }: SaleParts,
  signal?: AbortSignal,
): Promise<SaleAnswer> {
  const found = await findBcSale(orderNumber, client, settings, signal);
  switch (found.found) {
    case 'unknown':
      return { found: 'unknown', what: `order ${orderNumber}` };
    case 'ambiguous':
      return found;
    case 'not-invoiced':
    case 'cancelled':
      return { found: 'sale', sale: without(found, orderNumber) };
    case 'sale': {
      const { sale } = found;
      const [customers = [], ...memos] = await client.readTogether(
        [setPath('customers', { filter: eq('number', sale.customer) }), ...memoPaths(sale)],
        signal,
      );
      const own = ownNumbers(documentReference(event), sale.orderNumber);
      const earlier = earlierReturns(memos.flat(), own);
      const [customer] = customers;
      const units = await services.unitsOf(sale, event, signal);
      return {
        found: 'sale',
        sale: {
          number: sale.invoices.map(({ number }) => number).join(', '),
          currency: sale.currency,
          state: 'invoiced',
          stateDetail: sale.invoices.map(({ number }) => `sales invoice ${number}`).join(', '),
          customer: {
            account: `account ${sale.customer || 'missing'}`,
            known: customer !== undefined,
            // Ship and Invoice do not stop returns (B5.1).
            hold: customer && textOf(customer, 'blocked') === 'All' ? 'blocked for All' : null,
          },
          lines: usedByEarlier(sale.lines, earlier, settings.bcEachUnit, units).map((use) =>
            lineOf(use, sale, units),
          ),
        },
      };
    }
  }
}

/** A sale that nothing can be returned of yet, or any more: its lines do not matter. */
function without(
  { found, what, customer, currency }: Extract<FoundSale, { found: 'not-invoiced' | 'cancelled' }>,
  number: string,
): ErpSale {
  const account = { account: `account ${customer || 'missing'}`, known: customer !== '', hold: null };
  return { number, currency, state: found, stateDetail: what, customer: account, lines: [] };
}

function lineOf(
  { sale, each, taken, takenPieces }: LineUse,
  of: BcSale,
  units: UnitFacts | null,
): ErpSaleLine {
  const line = of.lines.find(({ lotId }) => lotId === sale.lotId) as BcSaleLine;
  return {
    id: sale.lotId,
    externalId: null,
    sku: sale.itemNumber,
    name: line.name || null,
    quantity: sale.quantity,
    unit: sale.unit,
    pieces: each,
    ...(units ? { piecesIn: (unit: string) => wholePiecesIn(units, sale.itemNumber, unit) } : {}),
    returned: taken,
    returnedPieces: takenPieces,
    creditedMinor: null,
    net: fineOf(subtractMoney(line.gross, line.tax)),
    tax: fineOf(line.tax),
    taxCode: line.taxCode || null,
    taxRate: Math.round(line.taxRate * 100),
    parentId: null,
    substitutedFor: null,
  };
}
