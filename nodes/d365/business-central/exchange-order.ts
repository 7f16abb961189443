import type { PostedDocument, ReturnEvent } from '../../returns/event';
import { returnKey } from '../../returns/event';
import { LedgerError } from '../../returns/failure';
import { exchangeLines, type Replacement } from '../../returns/exchange-lines';
import { mappedReturn } from '../../returns/mapped-return';
import { withoutValues } from '../../returns/told-address';
import { currencyDecimals, formatMoney, subtractMoney, sumMoney, type Money } from '../../returns/money';
import { checkOrderNumber, postedLines, type Problem } from '../../returns/posting-checks';
import { asTold, unitUnmapped } from '../../returns/posting-lines';
import { instantOf } from '../../returns/time';
import { withMappings } from '../../runtime/mappings-node';
import type { PostingAttempt } from '../../runtime/post-once';
import { faultPoint } from '../../store/fault-point';
import { KINDS, SYSTEM, type ExchangePolicy, type PostedDocuments } from '../documents';
import { and, eq } from '../fscm/odata';
import { textOf, type D365Row } from '../fscm/rows';
import { shipToOf } from './delivery-address';
import { priced, type PricedReplacement } from './exchange-lines';
import { externalNumber } from './external-number';
import { BcItems } from './items';
import { draftMissing } from './memo';
import { once } from './once';
import type { BcParts } from './parts';
import { draftAmong, type Draft } from './portion';
import { rowPath, setPath } from './query';
import { amountIn, findBcSale, statusOf, type BcSale } from './sales';

const SUFFIX = '-X';

type Step = { document: PostedDocument | null; made: boolean; problem: Problem | null };

/**
 * Creates the replacement order of a return, or finds it: a sales order of its own beside the credit memo (R124), linked by its
 * external number. An even exchange costs what the goods are credited with.
 *
 * Throws `credit-missing` (state-blocked) where the draft credit memo is not there yet, and what the ERP or the network fail
 * with. No address is in it, nor in anything that is given.
 */
export async function createExchange(
  event: ReturnEvent,
  known: readonly PostedDocument[],
  policy: ExchangePolicy,
  parts: BcParts,
  signal?: AbortSignal,
): Promise<PostedDocuments> {
  const { event: mapped, problem: broken } = mappedReturn(event, policy.mappings);
  const asked = exchangeLines(mapped);
  const unfit =
    broken ??
    checkOrderNumber(event, policy.orderPattern) ??
    ('problem' in asked ? asked.problem : (strangeUnit(asked.replacements, policy) ?? null));
  if (unfit) return failed(asTold(unfit, event, mapped));
  if ('problem' in asked || asked.replacements.length === 0) return failed(null);
  const key = returnKey(event);
  const stored = await parts.store.documentsOf(key);
  const draft = draftAmong([...stored, ...known]);
  if (!draft) throw draftMissing(event);
  const { connectionId } = parts;
  const reference = `${draft.reference}${SUFFIX}`;
  const { document, made, problem } = await once<Step>(
    { connectionId, kind: KINDS.exchange, key, returnKey: key, reference },
    {
      posted: (posted) => ({ document: posted, made: false, problem: grown(asked.replacements, posted) }),
      post: (attempt) =>
        new ExchangeWork(event, asked.replacements, draft, policy, parts, attempt, signal).run(),
    },
    parts,
    signal,
  );
  const documents = document ? [document] : [];
  return { documents, made: made ? documents : [], problem: problem && asTold(problem, event, mapped) };
}

class ExchangeWork {
  constructor(
    private readonly event: ReturnEvent,
    private readonly asked: readonly Replacement[],
    private readonly draft: Draft,
    private readonly policy: ExchangePolicy,
    private readonly parts: BcParts,
    private readonly attempt: PostingAttempt,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<Step> {
    const { draft } = this;
    const { client, settings } = this.parts;
    const external = externalNumber(draft.reference, draft.orderNumber, SUFFIX);
    const filter = and(eq('externalDocumentNumber', external), eq('customerNumber', draft.customer));
    const [[orders = [], invoices = []], found] = await Promise.all([
      client.readTogether(
        [setPath('salesOrders', { filter }), setPath('salesInvoices', { filter })],
        this.signal,
      ),
      findBcSale(draft.orderNumber, client, settings, this.signal),
    ]);
    this.attempt.lookedUp();
    const prices = priced(this.asked, draft.rows, draft.currency);
    if ('problem' in prices) return step(prices.problem);
    if (found.found !== 'sale') {
      return step({ code: 'order-unknown', what: `order ${draft.orderNumber}`, lines: [] });
    }
    // An order that was shipped and invoiced is gone; its invoice bears the number (B4).
    const there = [...orders, ...invoices];
    if (there.length > 1) {
      const what = there.map((row) => textOf(row, 'number')).join(', ');
      return step({ code: 'document-ambiguous', what, lines: [] });
    }
    const [held] = there;
    if (held) return this.finish(held, prices, false, null);
    return this.create(external, prices, found.sale);
  }

  private async create(
    external: string,
    prices: { rows: PricedReplacement[]; value: Money },
    sale: BcSale,
  ): Promise<Step> {
    const { client, store, surroundings } = this.parts;
    const { draft, event } = this;
    const items = await new BcItems(client, surroundings.clock).find(
      prices.rows.map(({ sku }) => sku),
      this.signal,
    );
    for (const { line, sku } of prices.rows) {
      const state = items.get(sku)?.state ?? 'unknown';
      if (state === 'active') continue;
      const lines = [{ lineId: line.id, sku, field: 'sku', received: sku }];
      return step({ code: state === 'unknown' ? 'sku-unknown' : 'sku-blocked', what: sku, lines });
    }
    const location = await this.location();
    if ('problem' in location) return step(location.problem);
    const token = event.customerToken;
    const { shipTo, from } = shipToOf(token === null ? null : await store.person(token), sale.shipTo);
    const body: D365Row = {
      customerNumber: draft.customer,
      externalDocumentNumber: external,
      orderDate: event.occurredAt.slice(0, 10),
      currencyCode: draft.currency,
      ...shipTo,
      salesOrderLines: prices.rows.map((row) => {
        const returned = sale.lines.find(({ number }) => number === returnedItem(row, draft));
        return this.lineBody(
          row,
          items.get(row.sku)?.itemNumber ?? row.sku,
          sale.inclusive,
          location.id || (returned?.locationId ?? ''),
        );
      }),
    };
    let made: D365Row;
    try {
      made = await this.attempt.write((assertAlive) => {
        assertAlive();
        return client.create('salesOrders', body, this.signal);
      });
    } catch (thrown) {
      if (!(thrown instanceof LedgerError)) throw thrown;
      const { code, class: failure, details, retryAfterMs } = thrown;
      const message = withoutValues(thrown.message, Object.values(shipTo));
      throw new LedgerError({ code, class: failure, message, details, retryAfterMs });
    }
    faultPoint('exchange-before-read-back');
    const order = (await client.get(rowPath('salesOrders', textOf(made, 'id')), this.signal)) ?? made;
    return this.finish(order, prices, true, from);
  }

  /** Quantity and price come to the amount to the penny, by a discount where a unit's price is no whole penny. */
  private lineBody(row: PricedReplacement, item: string, inclusive: boolean, locationId: string): D365Row {
    const one = 10 ** currencyDecimals(this.draft.currency);
    const base = inclusive ? row.gross.minor : row.gross.minor - row.tax;
    const unit = Math.ceil(base / row.units);
    return {
      lineType: 'Item',
      lineObjectNumber: item,
      quantity: row.units,
      unitPrice: unit / one,
      discountAmount: (unit * row.units - base) / one,
      ...(locationId === '' ? {} : { locationId }),
    };
  }

  private async location(): Promise<{ id: string } | { problem: Problem }> {
    const { warehouse } = this.policy;
    if (warehouse === '') return { id: '' };
    const filter = eq('code', warehouse.slice(0, 10));
    const [rows = []] = await this.parts.client.readTogether([setPath('locations', { filter })], this.signal);
    const [found] = rows;
    if (found && warehouse.length <= 10) return { id: textOf(found, 'id') };
    const lines = [{ field: 'warehouse', expected: 'the code of a location', received: warehouse }];
    const what = `Business Central has no location ${warehouse}`;
    return { problem: { code: 'location-unknown', what, lines } };
  }

  private async finish(
    order: D365Row,
    { rows, value }: { rows: PricedReplacement[]; value: Money },
    made: boolean,
    address: 'return' | 'order' | null,
  ): Promise<Step> {
    const { draft, policy } = this;
    const total = amountIn(order, 'totalAmountIncludingTax', draft.currency);
    const meant = sumMoney(
      rows.map(({ gross }) => gross),
      draft.currency,
    );
    const document: PostedDocument = {
      system: SYSTEM,
      kind: KINDS.exchange,
      number: textOf(order, 'number'),
      id: textOf(order, 'id'),
      references: withMappings(
        {
          reference: `${draft.reference}${SUFFIX}`,
          external: textOf(order, 'externalDocumentNumber'),
          salesOrder: draft.orderNumber,
          draft: draft.id,
          creditMemo: draft.document.number,
          company: this.parts.settings.company,
          value: formatMoney(value),
          difference: formatMoney(subtractMoney(total, value)),
          lines: postedLines(rows.map(({ line, units }) => ({ line, quantity: units }))),
          ...(address === null ? {} : { address }),
        },
        policy.mappings,
      ),
      status: statusOf(order) || null,
      amount: total,
      postedAt: instantOf(this.parts.surroundings.clock),
    };
    await this.attempt.complete(document);
    return {
      document,
      made,
      problem: total.minor === meant.minor ? null : wrongTotal(document, meant, total),
    };
  }
}

function returnedItem({ returned }: Replacement, draft: Draft): string | undefined {
  return draft.rows.find(({ line }) => line === returned?.id)?.item;
}

function strangeUnit(asked: readonly Replacement[], { mappings }: ExchangePolicy): Problem | undefined {
  return asked.flatMap(({ line }) => unitUnmapped(line, mappings) ?? [])[0];
}

/** More is to be replaced than the order was made for. */
function grown(asked: readonly Replacement[], document: PostedDocument): Problem | null {
  const now = postedLines(asked.map(({ line, units }) => ({ line, quantity: units })));
  const then = document.references['lines'] ?? '';
  if (then === '' || now === then) return null;
  const lines = [{ field: 'replacements', expected: then, received: now }];
  return { code: 'return-grown', what: `sales order ${document.number}`, lines };
}

function wrongTotal({ number }: PostedDocument, meant: Money, total: Money): Problem {
  const [expected, received] = [formatMoney(meant), formatMoney(total)];
  return {
    code: 'amount-mismatch',
    what: `sales order ${number}: expected ${expected}, it has ${received}`,
    lines: [{ field: 'total', expected, received }],
  };
}

function step(problem: Problem): Step {
  return { document: null, made: false, problem };
}

function failed(problem: Problem | null): PostedDocuments {
  return { documents: [], made: [], problem };
}
