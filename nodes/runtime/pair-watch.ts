import { returnKey, type ReturnEvent, type ReturnMessage } from '../returns/event';
import { CATALOGUE, type ExceptionCode } from '../returns/exception-catalogue';
import { formatMoney, money, type Money } from '../returns/money';
import { instantOf } from '../returns/time';
import type { Half, NewHalf, ReturnsStore, StoredHalf, UnpairedSum } from '../store/store';
import type { NodeMessage } from './node-red';
import { exceptionFor } from './return-message';
import type { Surroundings } from './retry';

const HOUR_MS = 3_600_000;
/** What was told is told again after a day, as long as it lasts: the first message may have been lost in a crash. */
const TELL_AGAIN_MS = 24 * HOUR_MS;
/** How many are told at a time. */
const AT_ONCE = 200;

/** A half of a return, as a node records it. */
export function halfOf(
  event: ReturnEvent,
  half: Half,
  facts: {
    connectionId: string;
    document: string | null;
    amount: Money | null;
    /** How long after the event the other half may take, in hours; null for no limit. */
    withinHours: number | null;
  },
): NewHalf {
  const { connectionId, document, amount, withinHours } = facts;
  const due = withinHours === null ? null : Date.parse(event.occurredAt) + withinHours * HOUR_MS;
  return {
    returnKey: returnKey(event),
    half,
    connectionId,
    brand: event.brand,
    returnNumber: event.returnNumber ?? event.returnId,
    orderNumber: event.order.number,
    document,
    amount,
    at: event.occurredAt,
    dueAt: due === null ? null : new Date(due).toISOString(),
  };
}

/** Whether an event says that the goods are in the building. */
export function saysGoodsAreIn(event: Pick<ReturnEvent, 'topic'>): boolean {
  return ['return.received', 'return.accepted', 'return.rejected'].includes(event.topic);
}

interface Rule {
  half: Half;
  without: Half;
  code: ExceptionCode;
}

/** Which half may not be without which for longer than agreed (R92, R115, R178). */
const RULES: readonly Rule[] = [
  { half: 'goods', without: 'credit', code: 'stock-without-credit' },
  { half: 'stock', without: 'credit', code: 'stock-without-credit' },
  { half: 'credit', without: 'goods', code: 'credit-without-stock' },
];

/** A return whose other half has not come in time, as a message with its exception. */
export interface Overdue {
  /** Those that lack it: goods that were received and booked in lack their credit once, not twice. */
  halves: StoredHalf[];
  message: NodeMessage;
  exception: ReturnMessage['exception'] & object;
}

/** Returns of a connection whose other half is overdue and was not told of today; they are marked as told by {@link markTold}. */
export async function overdueHalves(
  store: ReturnsStore,
  connectionId: string,
  raisedBy: string,
  surroundings: Pick<Surroundings, 'clock'>,
): Promise<Overdue[]> {
  const now = surroundings.clock.now();
  const found = new Map<string, Overdue>();
  for (const { half, without, code } of RULES) {
    const due = await store.unpairedHalves({
      half,
      without,
      connectionId,
      dueBefore: new Date(now).toISOString(),
      notToldSince: new Date(now - TELL_AGAIN_MS).toISOString(),
      limit: AT_ONCE,
    });
    for (const entry of due) {
      const key = `${entry.returnKey} ${code}`;
      const known = found.get(key);
      if (known) known.halves.push(entry);
      const event = known ? null : await store.latestEvent(entry.returnKey);
      if (!event) continue;
      const documents = await store.documentsOf(entry.returnKey);
      const message: NodeMessage = { topic: event.topic, payload: event, documents };
      const exception = exceptionFor(
        message as ReturnMessage,
        { code, what: whatOf(entry, now), raisedBy },
        surroundings.clock,
      );
      found.set(key, { halves: [entry], message, exception });
    }
  }
  return [...found.values()];
}

/** They were told of; until tomorrow they are not told of again. */
export async function markTold(
  store: ReturnsStore,
  told: readonly Overdue[],
  surroundings: Pick<Surroundings, 'clock'>,
): Promise<void> {
  const halves = told.flatMap((overdue) => overdue.halves);
  for (const half of new Set(halves.map((entry) => entry.half))) {
    const keys = halves.filter((entry) => entry.half === half).map((entry) => entry.returnKey);
    await store.markHalvesTold(half, keys, instantOf(surroundings.clock));
  }
}

function whatOf({ at, dueAt, document, amount, half }: StoredHalf, now: number): string {
  const name = { credit: 'credit', goods: 'goods received', stock: 'goods-in note' }[half];
  const number = document === null ? '' : ` ${document}`;
  const worth = amount === null ? '' : ` over ${formatMoney(money(Math.abs(amount.minor), amount.currency))}`;
  const late = dueAt === null ? '' : `, ${ageInWords(now - Date.parse(dueAt))} late`;
  return `${name}${number}${worth} on ${at.slice(0, 10)}${late}`;
}

function ageInWords(milliseconds: number): string {
  const hours = Math.max(0, Math.floor(milliseconds / HOUR_MS));
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

/** Closes the exceptions of one code, because its cause is gone, and leaves all others of the return. */
export function closeOnly(
  store: ReturnsStore,
  key: string,
  code: ExceptionCode,
  resolution: string,
  now: string,
): Promise<number> {
  const others = Object.keys(CATALOGUE).filter((other) => other !== code);
  return store.closeExceptions(key, resolution, others, now);
}

/** Money out and goods not in, of one brand and currency. */
export interface ExposureRow {
  brand: string;
  currency: string;
  count: number;
  /** In minor units; positive: what was credited. */
  minor: number;
  /** The same by age of the credit, newest first: `up to 7 days`, … */
  ages: { age: string; count: number; minor: number }[];
  /** Credited, and rejected afterwards: money out for goods that nobody wants, until a person has settled it. */
  rejected: { count: number; minor: number };
}

/** Ends of the age bands of the exposure, in days. */
const AGE_DAYS = [7, 14, 30, 60] as const;

/**
 * The exposure meter (R98, R206): credits whose goods have not been received, by brand, currency and age, and apart from
 * them those whose goods were rejected (R94). The sums are those of the credits themselves.
 *
 * @param connectionId null for the credits of all connections
 */
export async function exposureOf(
  store: ReturnsStore,
  connectionId: string | null,
  surroundings: Pick<Surroundings, 'clock'>,
): Promise<ExposureRow[]> {
  const now = surroundings.clock.now();
  const bands = AGE_DAYS.map((days) => new Date(now - days * 24 * HOUR_MS).toISOString());
  const sums = await store.sumUnpaired('credit', 'goods', bands, connectionId ?? undefined);
  const rejected = await store.sumRejectedCredits(connectionId ?? undefined);
  const rows = new Map<string, ExposureRow>();
  const rowOf = ({ brand, currency }: UnpairedSum): ExposureRow => {
    const key = `${brand} ${currency ?? ''}`;
    const none = { count: 0, minor: 0 };
    const row = rows.get(key) ?? {
      brand,
      currency: currency ?? '',
      ...none,
      ages: [],
      rejected: { ...none },
    };
    rows.set(key, row);
    return row;
  };
  for (const sum of sums) {
    const row = rowOf(sum);
    const minor = Math.abs(sum.minor);
    row.count += sum.count;
    row.minor += minor;
    row.ages.push({ age: ageBand(sum.band), count: sum.count, minor });
  }
  for (const sum of rejected) rowOf(sum).rejected = { count: sum.count, minor: Math.abs(sum.minor) };
  return [...rows.values()];
}

function ageBand(band: number): string {
  const [from, to] = [AGE_DAYS[band - 1], AGE_DAYS[band]];
  if (to === undefined) return `over ${from ?? 0} days`;
  return from === undefined ? `up to ${to} days` : `${from} to ${to} days`;
}
