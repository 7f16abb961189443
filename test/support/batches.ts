import assert from 'node:assert/strict';
import { isBatch, type BatchGroup, type ClosedBatch, type MemberLine } from '../../nodes/returns/batch';
import { BatchTotalizer } from '../../nodes/returns/batch-totals';
import type { MemberPart } from '../../nodes/returns/batch-parts';
import type { ReturnEvent } from '../../nodes/returns/event';
import { returnKey } from '../../nodes/returns/event';
import type { BatchTerms, NewMember, StoredBatch } from '../../nodes/store/batch';
import type { AnyDelivery, ReturnsStore } from '../../nodes/store/store';
import { event, line, NOW } from './events';

export const NODE = 'batch-node';

export function group(change: Partial<BatchGroup> = {}): BatchGroup {
  return { company: null, currency: 'GBP', period: null, ...change };
}

export function memberLine(change: Partial<MemberLine> = {}): MemberLine {
  return {
    id: '1',
    kind: 'item',
    sku: 'RUN-42-BLU',
    quantity: 1,
    unit: 'each',
    units: [],
    warehouse: null,
    disposition: null,
    value: 2500,
    tax: null,
    taxCode: null,
    ...change,
  };
}

export function part(change: Partial<MemberPart> = {}): MemberPart {
  return { group: group(), lines: [memberLine()], wholeValue: null, ...change };
}

export function terms(change: Partial<BatchTerms> = {}): BatchTerms {
  return {
    mostMembers: null,
    mostMinor: () => null,
    whenFull: 'count',
    dueAt: (openedAt) => new Date(Date.parse(openedAt) + 900_000).toISOString(),
    ...change,
  };
}

/** A return of its own number, unless the change says otherwise. */
export function newMember(
  name: string,
  change: Partial<Omit<NewMember, 'event'>> & { event?: Partial<ReturnEvent> } = {},
): NewMember {
  const made = event({
    topic: 'return.accepted',
    returnId: name,
    returnNumber: name,
    order: { number: `AC-${name}`, id: null },
    lines: [line({ id: '1' })],
    ...change.event,
  });
  return {
    node: NODE,
    returnKey: returnKey(made),
    rule: 'return',
    parts: [part()],
    facts: { return: name, order: made.order.number, brand: made.brand, documents: [] },
    day: '2026-02-20',
    terms: terms(),
    ...change,
    event: made,
  };
}

/** Reads a sealed batch and closes it, as the node does. */
export async function close(
  store: ReturnsStore,
  batch: Pick<StoredBatch, 'id' | 'group' | 'openedAt'>,
  change: Partial<ClosedBatch> = {},
): Promise<ClosedBatch> {
  const totals = new BatchTotalizer(batch.group.currency);
  for (const { facts } of await store.membersToCheck(batch.id, 0, 1_000_000)) if (facts) totals.add(facts);
  let made: ClosedBatch | undefined;
  const make = (number: number): ClosedBatch =>
    (made = {
      schema: 1,
      kind: 'batch',
      id: batch.id,
      number: `TEST-${number}`,
      group: batch.group,
      postingDate: '2026-02-20',
      originalDates: [],
      currency: batch.group.currency,
      openedAt: batch.openedAt,
      closedAt: NOW,
      why: 'command',
      counts: { members: totals.members, lines: 0, expelled: 0, withdrawn: 0 },
      totals: totals.totals(),
      membersIncluded: true,
      members: [],
      ...change,
    });
  await store.closeBatch(batch.id, { members: totals.members, deferredUntil: null, make }, NOW);
  if (!made) throw new Error('The batch was not closed');
  return made;
}

/** Joins one return and tells the batches that it is in. */
export async function join(store: ReturnsStore, member: NewMember, now = NOW): Promise<StoredBatch[]> {
  const [result] = await store.joinBatches([member], now);
  return result?.kind === 'joined' ? result.batches : [];
}

/** What was opened for the node, taken as its source would take it. */
export function takeSent(store: ReturnsStore): Promise<AnyDelivery[]> {
  return store.takeAnyDeliveries(NODE, { each: 1000 }, NOW);
}

export function batchesIn(taken: readonly AnyDelivery[]): ClosedBatch[] {
  return taken.flatMap(({ event: what }) => (isBatch(what) ? what : []));
}

/** The only batch that is not closed. */
export async function pendingOne(store: ReturnsStore): Promise<StoredBatch> {
  const [batch, ...others] = await store.pendingBatches(NODE);
  assert.ok(batch && others.length === 0);
  return batch;
}

/** The only batch that is not closed, sealed. */
export async function sealOne(store: ReturnsStore): Promise<StoredBatch> {
  const batch = await pendingOne(store);
  await store.sealBatches([batch.id], 'command');
  return batch;
}
