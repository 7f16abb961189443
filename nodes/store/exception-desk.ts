import type { FieldChange } from '../returns/exception-edit';
import * as acts from './exception-acts';
import type { Act, Settlement } from './exception-acts';
import * as bulk from './exception-bulk';
import type { ExceptionPage } from './exception-bulk';
import {
  exceptionsVersion,
  rankedGroups,
  waitingGroups,
  type RankedGroup,
  type WaitingGroup,
} from './exception-board';
import { exceptionGroups, type ExceptionGroup, type GroupFilter } from './exception-groups';
import { exceptionHistory, type HistoryEntry } from './exception-history';
import { findExceptions, groupSize, type ExceptionQuery, type RankedException } from './exception-list';
import type { ExceptionSelection } from './parked-exception';
import type { SqlDatabase } from './sql';

/** What people do with exceptions. Every change and its entry in the history are one transaction. */
export interface ExceptionDesk {
  /** One page of a query with the parts of each score, and how many there are in all (R143). */
  findExceptions(query: ExceptionQuery, now: string): Promise<{ total: number; found: RankedException[] }>;
  /** What the open ones wait for, the cause with the most of them first (R154). */
  exceptionGroups(filter: GroupFilter): Promise<ExceptionGroup[]>;
  /** The causes of a query's exceptions at each router, the most urgent first, and how many there are in all. */
  rankedGroups(
    query: Omit<ExceptionQuery, 'sort'>,
    now: string,
  ): Promise<{ total: number; exceptions: number; groups: RankedGroup[] }>;
  /** A number that is another one after every change of any exception. */
  exceptionsVersion(): Promise<number>;
  /** What waits and is tried again by itself, most of them first. */
  waitingGroups(): Promise<WaitingGroup[]>;
  /** How many open exceptions have a cause, at one router or at all. */
  groupSize(cause: string, router?: string): Promise<number>;
  /** Who did what, in the order in which it happened. */
  exceptionHistory(id: string): Promise<HistoryEntry[]>;
  /** From now on it belongs to this owner, also when it is raised again. Throws `exception-unknown`, as all do. */
  assignException(id: string, owner: string, act: Act): Promise<void>;
  noteException(id: string, note: string, act: Act): Promise<void>;
  /** Corrects named fields of the return that is held (see `editReturn`). Throws `edit-refused`. */
  editException(id: string, changes: Readonly<Record<string, unknown>>, act: Act): Promise<FieldChange[]>;
  /** Closes it by a person's word. What was settled outside stays closed when it is raised again (R17). */
  settleException(id: string, settlement: Settlement, reason: string, act: Act): Promise<void>;
  /** What is open of a selection, page by page; `after` is the `next` of the page before, at first 0. */
  exceptionPage(
    selection: Exclude<ExceptionSelection, { ids: readonly string[] }>,
    after: number,
    limit: number,
  ): Promise<ExceptionPage>;
  /** The same acts for a page: a few statements in one transaction. Each tells how many it did something to. */
  assignExceptions(ids: readonly string[], owner: string, act: Act): Promise<number>;
  noteExceptions(ids: readonly string[], note: string, act: Act): Promise<number>;
  settleExceptions(ids: readonly string[], settlement: Settlement, reason: string, act: Act): Promise<number>;
}

export function exceptionDesk(database: SqlDatabase): ExceptionDesk {
  const read: SqlDatabase['read'] = (work) => database.read(work);
  const write: SqlDatabase['write'] = (work) => database.write(work);
  return {
    findExceptions: (query, now) => read((sql) => findExceptions(sql, query, now)),
    exceptionGroups: (filter) => read((sql) => exceptionGroups(sql, filter)),
    rankedGroups: (query, now) => read((sql) => rankedGroups(sql, query, now)),
    exceptionsVersion: () => read((sql) => exceptionsVersion(sql)),
    waitingGroups: () => read((sql) => waitingGroups(sql)),
    groupSize: (cause, router) => read((sql) => groupSize(sql, cause, router)),
    exceptionHistory: (id) => read((sql) => exceptionHistory(sql, id)),
    assignException: (id, owner, act) => write((sql) => acts.assignException(sql, database, id, owner, act)),
    noteException: (id, note, act) => write((sql) => acts.noteException(sql, database, id, note, act)),
    editException: (id, changes, act) => write((sql) => acts.editException(sql, database, id, changes, act)),
    settleException: (id, settlement, reason, act) =>
      write((sql) => acts.settleException(sql, database, id, settlement, reason, act)),
    exceptionPage: (selection, after, limit) =>
      read((sql) => bulk.exceptionPage(sql, selection, after, limit)),
    assignExceptions: (ids, owner, act) =>
      write((sql) => bulk.assignExceptions(sql, database, ids, owner, act)),
    noteExceptions: (ids, note, act) => write((sql) => bulk.noteExceptions(sql, database, ids, note, act)),
    settleExceptions: (ids, settlement, reason, act) =>
      write((sql) => bulk.settleExceptions(sql, database, ids, settlement, reason, act)),
  };
}
