import { fractionOfNumber, inverse, times } from '../../returns/exact-fraction';
import type { ReturnEvent } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import { itemLines } from '../../returns/posting-checks';
import { EACH } from '../../returns/quantity';
import { anyOf, inChunks } from '../fscm/odata';
import { numberOf, textOf } from '../fscm/rows';
import type { UnitFacts } from '../fscm/unit-facts';
import type { D365Settings } from '../settings';
import type { BcClient } from './client';
import type { BcSale } from './sales';

/**
 * The pages and the codeunit that a partner has published as web services: what API v2.0 lacks (`reference/dynamics365.md` B4,
 * B5 way 3). What is published is read once from `ODataV4/$metadata`.
 */
export class PublishedServices {
  private known: Promise<ReadonlySet<string>> | undefined;

  constructor(
    private readonly client: BcClient,
    private readonly settings: D365Settings,
  ) {}

  /** Names of everything that is published; none where web services are switched off. */
  private names(signal?: AbortSignal): Promise<ReadonlySet<string>> {
    this.known ??= this.read(signal).catch((thrown: unknown) => {
      this.known = undefined;
      throw thrown;
    });
    return this.known;
  }

  private async read(signal?: AbortSignal): Promise<ReadonlySet<string>> {
    try {
      return namesIn(await this.client.publishedMetadata(signal));
    } catch (thrown) {
      if (thrown instanceof LedgerError && thrown.code === 'd365-not-found') return new Set();
      throw thrown;
    }
  }

  /** Throws `d365-names-missing` (config) where a route lacks what it needs besides the API. */
  async requireIn(route: D365Settings['bcRoute'], signal?: AbortSignal): Promise<void> {
    if (route === 'return-order') await this.requireReturnOrders(signal);
  }

  /** Throws `d365-names-missing` (config) where something that return orders need is not published, with what to publish. */
  async requireReturnOrders(signal?: AbortSignal): Promise<void> {
    const { settings } = this;
    const needed: [string, string][] = [
      [settings.bcReturnOrderPage, 'page 6630 Sales Return Order'],
      [settings.bcReturnLinesPage, 'the lines of page 6630, which come with it'],
      [receiveAction(settings), 'a codeunit with a procedure that posts the receipt of a return order'],
      [invoiceAction(settings), 'a codeunit with a procedure that posts the credit memo of a return order'],
    ];
    const names = await this.names(signal);
    const missing = needed.filter(([name]) => !names.has(name));
    if (missing.length === 0) return;
    const which = missing.map(([name, what]) => `${name} (${what})`).join(', ');
    this.known = undefined;
    throw new LedgerError({
      code: 'd365-names-missing',
      class: 'config',
      message:
        `Business Central does not publish ${which}. Ask your partner to publish it on the page Web Services, or correct ` +
        'its name in the D365 connection; nothing is posted before.',
    });
  }

  /** How units of the items of a sale are counted in single pieces; null where all are single, or nothing is published. */
  async unitsOf(sale: BcSale, mapped: ReturnEvent, signal?: AbortSignal): Promise<UnitFacts | null> {
    const { bcUnitsPage, bcEachUnit } = this.settings;
    const each = bcEachUnit.toUpperCase();
    const counted = itemLines(mapped).some(({ quantity }) => quantity.unit !== EACH);
    if (!counted && sale.lines.every(({ unit }) => unit.toUpperCase() === each)) return null;
    if (!(await this.has(bcUnitsPage, signal))) return null;
    const factors = new Map<string, number>();
    const items = [...new Set(sale.lines.map(({ number }) => number))];
    for (const chunk of inChunks(items, 'Item_No')) {
      const filter = encodeURIComponent(anyOf('Item_No', chunk));
      for (const row of await this.client.rows({ page: `${bcUnitsPage}?$filter=${filter}` }, signal)) {
        const name = unitName(textOf(row, 'Item_No'), textOf(row, 'Code'));
        factors.set(name, numberOf(row, 'Qty_per_Unit_of_Measure'));
      }
    }
    const numberOfItem = new Map(sale.lines.map((line) => [line.itemNumber.toUpperCase(), line.number]));
    const perBase = (item: string, unit: string): number =>
      factors.get(unitName(numberOfItem.get(item.toUpperCase()) ?? item, unit)) ?? 0;
    return {
      piecesIn: (item, unit) => {
        const [one, piece] = [perBase(item, unit), perBase(item, each)];
        return one > 0 && piece > 0 ? times(fractionOfNumber(one), inverse(fractionOfNumber(piece))) : null;
      },
      // Parts of a pack could not be received or credited piece by piece later.
      decimalsOf: () => 0,
    };
  }

  /** The codes of return reasons, in capitals; null where the page is not published. */
  async reasonCodes(signal?: AbortSignal): Promise<ReadonlySet<string> | null> {
    const { bcReasonsPage } = this.settings;
    if (!(await this.has(bcReasonsPage, signal))) return null;
    const rows = await this.client.rows({ page: bcReasonsPage }, signal);
    return new Set(rows.map((row) => textOf(row, 'Code').toUpperCase()));
  }

  private async has(name: string, signal?: AbortSignal): Promise<boolean> {
    return name !== '' && (await this.names(signal)).has(name);
  }
}

/** Name of the unbound action of a procedure (B5). */
export function receiveAction({ bcPostingService, bcReceiveProcedure }: D365Settings): string {
  return `${bcPostingService}_${bcReceiveProcedure}`;
}

export function invoiceAction({ bcPostingService, bcInvoiceProcedure }: D365Settings): string {
  return `${bcPostingService}_${bcInvoiceProcedure}`;
}

/** Names of sets and actions in a `$metadata` document. */
function namesIn(xml: string): ReadonlySet<string> {
  return new Set(
    [...xml.matchAll(/<(?:EntitySet|Action|ActionImport)\s[^>]*?Name="([^"]+)"/g)].map(
      ([, name = '']) => name,
    ),
  );
}

function unitName(item: string, unit: string): string {
  return `${item}|${unit}`.toUpperCase();
}
