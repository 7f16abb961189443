import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PostedDocuments, ReturnOrderPolicy } from '../../nodes/d365/documents';
import type { PostedDocument, ReturnEvent, ReturnLine } from '../../nodes/returns/event';
import { money } from '../../nodes/returns/money';
import type { BusinessCentralSimulator } from '../../nodes/sandbox/business-central/business-central-simulator';
import type { D365Simulator } from '../../nodes/sandbox/d365/d365-simulator';
import type { WorldOrder } from '../../nodes/sandbox/world';
import { acceptedAs, bcRig, fscmRig, outcomeOf, type ProductRig } from './d365-product-rig';
import { line } from './events';
import { mappingsWith } from './posting-mappings';

export type FscmRig = ProductRig<D365Simulator>;
export type BcRig = ProductRig<BusinessCentralSimulator>;
type OptionsOf<Make extends (...of: never[]) => unknown> = NonNullable<Parameters<Make>[0]>;

/** One test for each product; its name begins with the row of the product documents. */
export function onBoth(
  row: string,
  what: string,
  work: (rig: FscmRig | BcRig, product: 'fscm' | 'bc') => Promise<void>,
  options: { fscm?: OptionsOf<typeof fscmRig>; bc?: OptionsOf<typeof bcRig> } = {},
): void {
  it(`${row}, Finance & SCM: ${what}`, async () => work(await fscmRig(options.fscm), 'fscm'));
  it(`${row}, Business Central: ${what}`, async () => work(await bcRig(options.bc), 'bc'));
}

export function isFscm(rig: FscmRig | BcRig): rig is FscmRig {
  return rig.connector.product === 'fscm';
}

/** Makes the return order, or the draft, which must be as meant. */
export async function announced(
  rig: FscmRig | BcRig,
  of: ReturnEvent,
  change: Partial<ReturnOrderPolicy> = {},
): Promise<PostedDocument> {
  const outcome = await rig.announce(of, change);
  assert.equal(outcomeOf(outcome), 'posted', JSON.stringify(outcome));
  assert.ok(outcome.outcome === 'posted');
  return outcome.document;
}

/** Goods come in and are accepted at once: registered with their disposition, ready for the credit. */
export async function arrived(
  rig: FscmRig | BcRig,
  of: ReturnEvent,
  lines: readonly ReturnLine[] = of.lines,
): Promise<ReturnEvent> {
  const event = acceptedAs(of, 'resellable', [...lines]);
  const outcome = await rig.receive(event, { when: 'return.accepted' });
  assert.equal(outcome.problem, null, JSON.stringify(outcome.problem));
  return event;
}

/** The one document that came of it, with nothing wrong. */
export function only({ made, problem }: PostedDocuments): PostedDocument {
  assert.equal(problem, null, JSON.stringify(problem));
  const [document, ...more] = made;
  assert.ok(document, 'nothing was posted');
  assert.deepEqual(more, []);
  return document;
}

/** What the lines of an order were sold for. */
export function soldFor(order: WorldOrder): number {
  return order.lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** A fee that the platform keeps back, and the row that books it on the service of either product. */
export function fee(minor: number, change: Partial<ReturnLine> = {}): ReturnLine {
  return line({
    id: 'fee-1',
    kind: 'fee',
    sku: null,
    description: 'Return label',
    orderLineId: null,
    price: money(minor, 'USD'),
    ...change,
  });
}

export const FEE_ITEMS = { fscm: 'RETURN-FEE', bc: 'RETFEE' } as const;

export function feeMappings(product: 'fscm' | 'bc'): ReturnType<typeof mappingsWith> {
  return mappingsWith({ fee: [{ fee: 'Return label', item: FEE_ITEMS[product] }] });
}
