import { byRank, type Rank } from '../returns/exception-rank';
import type { Money } from '../returns/money';
import type { Wait } from './store';
import { conditionsOf, groupSizes, ranks, type ExceptionQuery } from './exception-list';
import { parkedException } from './exceptions';
import { count, text, textOrNull, type SqlReader } from './sql';

/** What waits for one thing to be mended at one router, with its most urgent exception. */
export interface RankedGroup {
  cause: string;
  code: string;
  /** The node that parked them, from which they go on. */
  router: string;
  /** Each owner that has some of them. */
  owners: string[];
  count: number;
  /** What is at stake, one sum for each currency. */
  value: Money[];
  /** When the oldest of them was raised first. */
  firstAt: string;
  /** The most urgent of them. */
  top: { id: string; summary: string; returnNumber: string | null; orderNumber: string | null };
  rank: Rank;
}

/** What waits by itself for one thing, such as a connection that is down. */
export interface WaitingGroup {
  /** A connection's id; null where each waits for something of its own. */
  waitsOn: string | null;
  count: number;
  /** When the first of them is tried again. */
  nextDue: string | null;
  /** Why one of them waits, which most often is why all do. */
  reason: Pick<Wait, 'code' | 'class' | 'what'> | null;
}

/** How many rows a ranked list of causes looks at: the oldest of them. */
const MOST_RANKED = 20_000;

/**
 * The causes of open exceptions, the most urgent first (R143, R154). A cause is as urgent as its most urgent exception.
 */
export async function rankedGroups(
  sql: SqlReader,
  query: Omit<ExceptionQuery, 'sort'>,
  now: string,
): Promise<{ total: number; exceptions: number; groups: RankedGroup[] }> {
  const { where, values } = conditionsOf(query);
  const rows = await sql.all(
    `SELECT id, code, owner, router, cause, first_at, value_minor, value_currency FROM exceptions ${where}
     ORDER BY first_at, id LIMIT ${MOST_RANKED}`,
    ...values,
  );
  const sizes = await groupSizes(sql);
  const groups = new Map<string, Gathered>();
  for (const row of rows) {
    const key = JSON.stringify([text(row, 'cause'), text(row, 'router')]);
    const ranked = ranks(row, sizes, now);
    const group = groups.get(key);
    if (!group) {
      groups.set(key, gathered(text(row, 'cause'), text(row, 'code'), text(row, 'router'), ranked));
    } else if (byRank(ranked, group.top) < 0) group.top = ranked;
    add(groups.get(key), text(row, 'owner'), textOrNull(row, 'value_currency'), row['value_minor'], ranked);
  }
  const inOrder = [...groups.values()].sort((a, b) => byRank(a.top, b.top));
  const offset = query.offset ?? 0;
  const page: RankedGroup[] = [];
  for (const group of inOrder.slice(offset, offset + query.limit)) {
    const found = await parkedException(sql, group.top.id);
    if (!found) continue;
    const { summary, about } = found.exception;
    const { returnNumber, orderNumber } = about;
    page.push({
      cause: group.cause,
      code: group.code,
      router: group.router,
      owners: [...group.owners].sort(),
      count: group.count,
      value: [...group.value]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([currency, minor]) => ({ minor, currency })),
      firstAt: group.firstAt,
      top: { id: found.id, summary, returnNumber, orderNumber },
      rank: group.top.rank,
    });
  }
  return { total: inOrder.length, exceptions: rows.length, groups: page };
}

interface Gathered {
  cause: string;
  code: string;
  router: string;
  owners: Set<string>;
  count: number;
  value: Map<string, number>;
  firstAt: string;
  top: ReturnType<typeof ranks>;
}

function gathered(cause: string, code: string, router: string, top: ReturnType<typeof ranks>): Gathered {
  const { firstAt } = top;
  return { cause, code, router, owners: new Set(), count: 0, value: new Map(), firstAt, top };
}

function add(
  group: Gathered | undefined,
  owner: string,
  currency: string | null,
  minor: unknown,
  { firstAt }: { firstAt: string },
): void {
  if (!group) return;
  group.count += 1;
  group.owners.add(owner);
  if (firstAt < group.firstAt) group.firstAt = firstAt;
  if (currency !== null) group.value.set(currency, (group.value.get(currency) ?? 0) + Number(minor));
}

/** A number that is another one after every change of any exception. */
export async function exceptionsVersion(sql: SqlReader): Promise<number> {
  const row = await sql.get(`SELECT COALESCE(MAX(seq), 0) AS n FROM exception_history`);
  return count(row, 'n');
}

/** What waits and is tried again by itself, most of them first. */
export async function waitingGroups(sql: SqlReader): Promise<WaitingGroup[]> {
  const rows = await sql.all(
    `SELECT waits_on, COUNT(*) AS n, MIN(due_at) AS due, MIN(id) AS one FROM deliveries
     WHERE state = 'waiting' GROUP BY waits_on ORDER BY COUNT(*) DESC, waits_on LIMIT 100`,
  );
  const groups: WaitingGroup[] = [];
  for (const row of rows) {
    const example = await sql.get(`SELECT waits FROM deliveries WHERE id = ?`, text(row, 'one'));
    const last = (JSON.parse(example ? text(example, 'waits') : '[]') as Wait[]).at(-1);
    groups.push({
      waitsOn: textOrNull(row, 'waits_on'),
      count: count(row, 'n'),
      nextDue: textOrNull(row, 'due'),
      reason: last ? { code: last.code, class: last.class, what: last.what } : null,
    });
  }
  return groups;
}
