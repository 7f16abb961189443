import { withComponents } from '../returns/bundle-on-order';
import type { ReturnEvent } from '../returns/event';
import type { Mappings } from '../returns/mappings';
import { formatMoney } from '../returns/money';
import { itemLines, type Problem } from '../returns/posting-checks';
import type { Credit, OriginalOrder } from './records';
import { rowsTakenBy } from './row-use';

/**
 * What is done about credits that somebody else made for the same goods: `stop` before ours is posted, or `count`
 * them as earlier returns.
 */
export const OTHERS_POLICIES = ['stop', 'count'] as const;
export type OthersPolicy = (typeof OTHERS_POLICIES)[number];

const DAY_MS = 86_400_000;

/**
 * The double-poster check: a credit on the same rows of the order that we did not make. The shop app has a switch that
 * creates credits from its own refunds, and people make them by hand; each of them would pay the customer twice
 * (`reference/reliability.md`, Brightpearl). Credits from long before are other business and only counted.
 *
 * @param event      in the ERP's names
 * @param instanceId our integration instance: what carries it was made by this pack
 * @param mappings   tell the components of a bundle
 * @param days       how many days before the event a credit of others counts as made for the same return
 */
export function creditByOthers(
  event: ReturnEvent,
  order: OriginalOrder,
  earlier: readonly Credit[],
  instanceId: number,
  days: number,
  mappings: Mappings | null,
): Problem | null {
  const goods = itemLines(event).map(({ sku }) => sku ?? '');
  const skus = new Set(withComponents(goods, mappings).map((sku) => sku.toLowerCase()));
  const wanted = new Set(
    order.rows.filter((row) => skus.has((row.sku ?? '').toLowerCase())).map(({ rowId }) => rowId),
  );
  const since = Date.parse(event.occurredAt) - days * DAY_MS;
  const suspects = earlier.filter((credit) => {
    const ours = credit.instanceId === instanceId && credit.externalRef !== '';
    const old = Date.parse(credit.createdOn) < since;
    return !ours && !old && [...rowsTakenBy(credit, order.rows)].some((rowId) => wanted.has(rowId));
  });
  if (suspects.length === 0) return null;
  return {
    code: 'credit-by-others',
    what: suspects.map(describe).join('; '),
    lines: suspects.flatMap((credit) =>
      credit.rows
        .filter((row) => !row.bundleChild && row.productId !== null)
        .map((row) => ({
          sku: row.sku,
          field: `credit ${credit.id}`,
          expected: 'no credit of others for these goods',
          received: `${row.quantity} for ${formatMoney(row.net)} net, ${formatMoney(row.tax)} tax`,
        })),
    ),
  };
}

function describe(credit: Credit): string {
  const by = credit.createdBy === null ? '' : `, made by staff member ${credit.createdBy}`;
  const app = credit.instanceId === null ? '' : ` through integration ${credit.instanceId}`;
  return `sales credit ${credit.id} over ${formatMoney(credit.gross)}${by}${app} on ${credit.createdOn.slice(0, 10)}`;
}
