import { createHash } from 'node:crypto';
import { emptyValue, type Entity } from './entity';

export type Value = string | number | boolean;

/** A row by field name. What begins with `_` is the application's own and never leaves. */
export type Row = Readonly<Record<string, Value>>;

export type Change = 'created' | 'updated' | 'deleted';

export const text = (row: Row, field: string): string => String(row[field] ?? '');
export const amount = (row: Row, field: string): number => Number(row[field] ?? 0);
export const flag = (row: Row, field: string): boolean => row[field] === true;

/**
 * What has been written since the last commit, so that it can be taken back: a request that is refused leaves nothing,
 * and a batch of one transaction neither. Numbers from a series are taken back as well.
 */
export class Journal {
  private undo: (() => void)[] = [];
  private announcements: (() => void)[] = [];
  private epoch = 0;

  wrote(takeBack: () => void): void {
    this.undo.push(takeBack);
  }

  /** What is to be told to others once it is committed. */
  tell(announce: () => void): void {
    this.announcements.push(announce);
    this.undo.push(() => this.announcements.pop());
  }

  /** A point that can be gone back to, unless something commits in between. */
  mark(): { epoch: number; at: number } {
    return { epoch: this.epoch, at: this.undo.length };
  }

  /** Takes back what was written since the mark; what was committed meanwhile stays. */
  goBack(mark: { epoch: number; at: number }): void {
    const keep = mark.epoch === this.epoch ? mark.at : 0;
    while (this.undo.length > keep) this.undo.pop()?.();
  }

  commit(): void {
    const { announcements } = this;
    this.undo = [];
    this.announcements = [];
    this.epoch += 1;
    for (const announce of announcements) announce();
  }
}

/** A GUID that the same words always give. */
export function guidOf(words: string): string {
  const hash = createHash('sha1').update(words).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-5${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

/** Rows of one entity set of one company, with its indexes. */
export class Table {
  private readonly rows = new Map<string, Row>();
  private readonly indexes = new Map<string, Map<string, Set<string>>>();
  private made = 0;

  constructor(
    readonly entity: Entity,
    private readonly scope: string,
    private readonly journal: Journal,
    private readonly now: () => number,
    private readonly announce: (id: string, change: Change) => void,
  ) {
    for (const field of entity.indexed) this.indexes.set(field, new Map());
  }

  get size(): number {
    return this.rows.size;
  }

  get(id: string): Row | undefined {
    return this.rows.get(id.toLowerCase());
  }

  all(): Row[] {
    return [...this.rows.values()];
  }

  /** Rows by an indexed field, whatever the case; every row where the field has no index. */
  by(field: string, value: string): Row[] {
    if (field === 'id') return [this.get(value)].filter((row): row is Row => row !== undefined);
    const index = this.indexes.get(field);
    const same = (row: Row): boolean => text(row, field).toLowerCase() === value.toLowerCase();
    if (!index) return this.all().filter(same);
    return [...(index.get(value.toLowerCase()) ?? [])]
      .map((id) => this.rows.get(id))
      .filter((row): row is Row => row !== undefined);
  }

  insert(given: Row): Row {
    const row: Record<string, Value> = { ...given };
    for (const field of this.entity.fields.values()) row[field.name] = given[field.name] ?? emptyValue(field);
    this.made += 1;
    row['id'] = text(given, 'id') || guidOf(`${this.scope}|${this.entity.set}|${this.made}`);
    row['_version'] = 1;
    this.store(row, null);
    this.tell(row, 'created');
    return row;
  }

  change(id: string, changes: Row): Row {
    const before = this.get(id);
    if (!before) throw new Error(`The simulator has no ${this.entity.type} ${id}`);
    const row = { ...before, ...changes, id: before['id'] ?? id, _version: amount(before, '_version') + 1 };
    this.store(row, before);
    this.tell(row, 'updated');
    return row;
  }

  remove(id: string): void {
    const before = this.get(id);
    if (!before) return;
    this.drop(before);
    this.journal.wrote(() => this.keep(before));
    this.tell(before, 'deleted');
  }

  private tell(row: Row, change: Change): void {
    const id = text(row, 'id');
    this.journal.tell(() => this.announce(id, change));
  }

  private store(row: Record<string, Value>, before: Row | null): void {
    if (this.entity.fields.has('lastModifiedDateTime')) {
      row['lastModifiedDateTime'] = new Date(this.now()).toISOString();
    }
    if (before) this.drop(before, false);
    this.keep(row);
    this.journal.wrote(() => {
      this.drop(row, before === null);
      if (before) this.keep(before);
    });
  }

  private keep(row: Row): void {
    const id = text(row, 'id').toLowerCase();
    this.rows.set(id, row);
    for (const [field, index] of this.indexes) {
      const value = text(row, field).toLowerCase();
      const ids = index.get(value) ?? new Set();
      ids.add(id);
      index.set(value, ids);
    }
  }

  /** Out of the indexes, and out of the table unless another version takes its place there. */
  private drop(row: Row, altogether = true): void {
    const id = text(row, 'id').toLowerCase();
    for (const [field, index] of this.indexes) index.get(text(row, field).toLowerCase())?.delete(id);
    if (altogether) this.rows.delete(id);
  }
}
