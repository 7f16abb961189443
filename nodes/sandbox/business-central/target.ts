import type { Books } from './books';
import { entityOf } from './entities';
import type { Entity } from './entity';
import { text, type Row, type Table } from './records';
import { refuse } from './refusal';

/** What a path points to: a set, one row of it, or an action on one. */
export interface Target {
  entity: Entity;
  table: Table;
  /** The row that the path names, where it names one. */
  row: Row | null;
  /** The set is that of a parent: only rows whose field has this value. */
  within: { field: string; value: string } | null;
  action: string | null;
  /** `$count` behind a set. */
  count: boolean;
}

const SEGMENT = /^([\w.$]+)(?:\((.*)\))?$/s;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Follows a path below a company. `has` tells which sets this environment has. */
export function resolve(books: Books, segments: readonly string[], has: (entity: Entity) => boolean): Target {
  const [first = '', ...rest] = segments;
  let target = start(books, first, has);
  for (const segment of rest) target = step(books, target, segment, has);
  return target;
}

/** Name and key of a segment, such as `items(…)`. */
export function cutSegment(segment: string): { name: string; key: string | null } {
  const match = SEGMENT.exec(segment);
  if (!match?.[1]) return refuse('segmentUnknown', { segment });
  return { name: match[1], key: match[2] ?? null };
}

export function readGuid(key: string): string {
  if (!GUID.test(key)) refuse('querySyntax', { why: "'|' or ',' expected in the key" });
  return key.toLowerCase();
}

function start(books: Books, segment: string, has: (entity: Entity) => boolean): Target {
  const { name, key } = cutSegment(segment);
  const entity = entityOf(name);
  if (!entity || entity.set === 'companies' || !has(entity))
    return refuse('segmentUnknown', { segment: name });
  const table = books.table(entity.set);
  const target: Target = { entity, table, row: null, within: null, action: null, count: false };
  return key === null ? target : { ...target, row: rowOf(table, key) };
}

function rowOf(table: Table, key: string): Row {
  const id = readGuid(key);
  return table.get(id) ?? refuse('recordUnknown', { table: table.entity.table, key: `SystemId='${id}'` });
}

function step(books: Books, target: Target, segment: string, has: (entity: Entity) => boolean): Target {
  if (segment === '$count' && target.row === null) return { ...target, count: true };
  const { row } = target;
  const { name, key } = cutSegment(segment);
  const action = /^Microsoft\.NAV\.(\w+)$/.exec(name)?.[1];
  if (action !== undefined) {
    if (!row || !target.entity.actions.includes(action)) return refuse('segmentUnknown', { segment: name });
    return { ...target, action };
  }
  const link = target.entity.navigation[name];
  const entity = link && entityOf(link.to);
  if (!row || !entity || !has(entity)) return refuse('segmentUnknown', { segment: name });
  const table = books.table(entity.set);
  const within = { field: link.on, value: text(row, link.from) };
  if (link.many && key === null) return { ...target, entity, table, row: null, within };
  const found = key === null ? table.by(link.on, within.value)[0] : rowOf(table, key);
  if (!found || text(found, link.on).toLowerCase() !== within.value.toLowerCase()) {
    return refuse('recordUnknown', { table: entity.table, key: `${link.on}='${within.value}'` });
  }
  return { ...target, entity, table, row: found, within: null };
}
