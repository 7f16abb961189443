import type { ReturnEvent } from '../returns/event';
import { entryOf, titleOf } from '../returns/exception-catalogue';
import { thingOf } from '../returns/exception-cause';
import { guideTo } from '../returns/exception-guide';
import type { RankedException } from '../store/exception-list';
import type { ExceptionSelection, ParkedException, ReturnsStore } from '../store/store';
import type { RouterCommand, Which } from './exception-commands';

export interface DeskParts {
  store: ReturnsStore;
  /** The node at which resumed returns go out. */
  source: string;
  /** Where what another node has parked goes out; by default at the source. */
  sourceOf?: (router: string) => string;
  /** What a command to a group concerns, where it names no router: what these nodes have parked. By default all. */
  scope?: readonly string[];
  /** Who asks, for the history. */
  who: string;
  now: string;
}

/** What a command is answered with. */
export interface DeskAnswer {
  /** Of a group: the first {@link MOST_TOLD} of them. */
  payload: unknown;
  count?: unknown;
  /** How many there are, or how many something was done to. */
  total?: number;
  /** Deliveries were opened. */
  resumed: boolean;
}

const HOUR_MS = 3_600_000;
/** So many are settled, assigned or resumed in one transaction. */
const PAGE = 250;
/** So many of a group are described in its answer; `total` counts all. */
export const MOST_TOLD = 1000;

/** Does what a command says. Throws `exception-unknown`, and `edit-refused` with a sentence. */
export async function obeyCommand(command: RouterCommand, parts: DeskParts): Promise<DeskAnswer> {
  const { store, who, now } = parts;
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
      return change(command.which, parts, {
        one: (id) => store.assignException(id, command.owner, act),
        many: (ids) => store.assignExceptions(ids, command.owner, act),
      });
    case 'note':
      return change(command.which, parts, {
        one: (id) => store.noteException(id, command.text, act),
        many: (ids) => store.noteExceptions(ids, command.text, act),
      });
    case 'edit': {
      await store.editException(command.id, command.changes, act);
      if (command.resume) await resumeOne(command.id, parts);
      return { payload: await shown(command.id, parts), resumed: command.resume };
    }
    case 'resume':
      return resume(command.selection, parts);
    case 'resolve':
    case 'discard': {
      const settlement = command.command === 'resolve' ? 'outside' : 'discarded';
      return change(command.which, parts, {
        one: (id) => store.settleException(id, settlement, command.reason, act),
        many: (ids) => store.settleExceptions(ids, settlement, command.reason, act),
      });
    }
  }
}

/** A change to one exception, which may be refused, or to all of a cause, page by page. */
async function change(
  which: Which,
  parts: DeskParts,
  work: { one: (id: string) => Promise<void>; many: (ids: readonly string[]) => Promise<number> },
): Promise<DeskAnswer> {
  const told: string[] = [];
  let total = 0;
  if ('id' in which) {
    await work.one(which.id);
    told.push(which.id);
    total = 1;
  } else {
    for await (const ids of pagesOf(which, parts)) {
      total += await work.many(ids);
      told.push(...ids.slice(0, MOST_TOLD - told.length));
    }
  }
  const after = await Promise.all(told.map((id) => parts.store.parkedException(id)));
  return { payload: after.flatMap((one) => (one ? [listed(one)] : [])), total, resumed: false };
}

async function resume(selection: ExceptionSelection, parts: DeskParts): Promise<DeskAnswer> {
  const payload: Record<string, unknown>[] = [];
  let total = 0;
  const add = (resumed: readonly ParkedException[]): void => {
    total += resumed.length;
    payload.push(...resumed.slice(0, MOST_TOLD - payload.length).map(listed));
  };
  if ('ids' in selection) for (const id of selection.ids) add(await resumeOne(id, parts));
  else {
    const { store, now, who } = parts;
    for await (const ids of pagesOf(selection, parts)) {
      add(await store.resumeExceptions({ ids }, sourceFor(selection.router, parts), now, who));
    }
  }
  return { payload, total, resumed: true };
}

/** It goes on where it was parked: another flow would post it with other settings, or to another company. */
async function resumeOne(id: string, parts: DeskParts): Promise<ParkedException[]> {
  const { store, now, who } = parts;
  const parked = await store.parkedException(id);
  return store.resumeExceptions({ ids: [id] }, sourceFor(parked?.router, parts), now, who);
}

function sourceFor(router: string | undefined, { source, sourceOf }: DeskParts): string {
  return router === undefined || !sourceOf ? source : sourceOf(router);
}

type Group = Exclude<ExceptionSelection, { ids: readonly string[] }>;

async function* pagesOf(group: Group, { store, scope }: DeskParts): AsyncGenerator<string[]> {
  const groups =
    group.router !== undefined || !scope ? [group] : scope.map((router) => ({ ...group, router }));
  for (const one of groups) {
    for (let after: number | null = 0; after !== null;) {
      const page = await store.exceptionPage(one, after, PAGE);
      if (page.ids.length > 0) yield page.ids;
      after = page.next;
    }
  }
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
    router: parked.router,
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
