import type { ReturnEvent } from '../returns/event';
import { entryOf, titleOf } from '../returns/exception-catalogue';
import { thingOf } from '../returns/exception-cause';
import { guideTo } from '../returns/exception-guide';
import type { RankedException } from '../store/exception-list';
import type { ParkedException, ReturnsStore } from '../store/store';
import type { RouterCommand, Which } from './exception-commands';

export interface DeskParts {
  store: ReturnsStore;
  /** The node at which resumed returns go out. */
  source: string;
  /** Who asks, for the history. */
  who: string;
  now: string;
}

/** What a command is answered with. */
export interface DeskAnswer {
  payload: unknown;
  count?: unknown;
  total?: number;
  /** Deliveries were opened. */
  resumed: boolean;
}

const HOUR_MS = 3_600_000;
/** So many of a cause are settled or assigned at a time; a repeat takes the next. */
const MOST_OF_A_CAUSE = 1000;

/** Does what a command says. Throws `exception-unknown`, and `edit-refused` with a sentence. */
export async function obeyCommand(command: RouterCommand, parts: DeskParts): Promise<DeskAnswer> {
  const { store, source, who, now } = parts;
  const act = { who, at: now };
  switch (command.command) {
    case 'list': {
      const { olderThan, ...filter } = command.filter;
      const raisedBefore =
        olderThan === undefined ? undefined : new Date(Date.parse(now) - olderThan * HOUR_MS).toISOString();
      const { total, found } = await store.findExceptions(given({ ...filter, raisedBefore }), now);
      const payload = found.map((one) => ({ ...listed(one), score: one.rank.score, parts: one.rank.parts }));
      return { payload, total, count: await store.countExceptions(), resumed: false };
    }
    case 'show':
      return { payload: await shown(command.id, parts), resumed: false };
    case 'assign':
      return each(command.which, parts, (id) => store.assignException(id, command.owner, act));
    case 'note':
      return each(command.which, parts, (id) => store.noteException(id, command.text, act));
    case 'edit': {
      await store.editException(command.id, command.changes, act);
      if (command.resume) await store.resumeExceptions({ ids: [command.id] }, source, now, who);
      return { payload: await shown(command.id, parts), resumed: command.resume };
    }
    case 'resume': {
      const resumed = await store.resumeExceptions(command.selection, source, now, who);
      return { payload: resumed.map(listed), resumed: true };
    }
    case 'resolve':
      return each(command.which, parts, (id) => store.settleException(id, 'outside', command.reason, act));
    case 'discard':
      return each(command.which, parts, (id) => store.settleException(id, 'discarded', command.reason, act));
  }
}

async function each(
  which: Which,
  { store, now }: DeskParts,
  work: (id: string) => Promise<void>,
): Promise<DeskAnswer> {
  const query = { sort: 'age', limit: MOST_OF_A_CAUSE } as const;
  const ids =
    'id' in which
      ? [which.id]
      : (await store.findExceptions({ ...query, ...which }, now)).found.map(({ id }) => id);
  for (const id of ids) await work(id);
  const after = await Promise.all(ids.map((id) => store.parkedException(id)));
  return { payload: after.flatMap((one) => (one ? [listed(one)] : [])), resumed: false };
}

/** Everything that helps a person to decide; null where there is no such exception. */
async function shown(id: string, { store, now }: DeskParts): Promise<Record<string, unknown> | null> {
  const parked = await store.parkedException(id);
  if (!parked) return null;
  const { cause } = parked;
  const query = { status: 'any', cause, code: parked.exception.code, sort: 'rank', limit: 1000 } as const;
  const ranked = (await store.findExceptions(query, now)).found.find(
    (one): one is RankedException => one.id === id,
  );
  const event = eventOf(parked.message);
  const group = await store.groupSize(cause);
  const { meaning, evidence, priority, closes } = entryOf(parked.exception.code) ?? {};
  return {
    ...listed(parked),
    ...given({ meaning, evidence, priority, closes }),
    guide: guideTo(parked.exception.code),
    score: ranked?.rank.score ?? null,
    parts: ranked?.rank.parts ?? null,
    tries: parked.exception.detail,
    history: await store.exceptionHistory(id),
    documents: await store.documentsOf(parked.returnKey),
    siblings: parked.status === 'open' ? Math.max(0, group - 1) : group,
    event,
  };
}

/** An exception as a list shows it: for people, without the stored message. */
export function listed(parked: ParkedException): Record<string, unknown> {
  const { exception, cause } = parked;
  return {
    id: parked.id,
    status: parked.status,
    owner: exception.owner,
    code: exception.code,
    title: titleOf(exception.code),
    class: exception.class,
    cause,
    thing: thingOf(cause),
    return: exception.about.returnNumber,
    order: exception.about.orderNumber,
    brand: exception.about.brand,
    value: parked.value,
    summary: exception.summary,
    detail: exception.detail,
    steps: exception.steps,
    lines: exception.lines,
    times: parked.times,
    since: parked.firstAt,
    last: parked.lastAt,
    resolution: parked.resolution,
  };
}

/** The return as it is held, with the fields that a person can correct; the shopper's token stays inside. */
function eventOf(message: string): Partial<ReturnEvent> | null {
  const { payload } = JSON.parse(message) as { payload?: Partial<ReturnEvent> };
  if (!Array.isArray(payload?.lines)) return null;
  const { topic, returnNumber, order, occurredAt, lines } = payload;
  return given({ topic, returnNumber, order, occurredAt, lines });
}

type Given<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Without the fields that are undefined. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}
