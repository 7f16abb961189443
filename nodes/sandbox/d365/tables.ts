import { emptyValue, type Entity } from './entity-model';
import { indexedValues, matches, type Expression, type Row } from './odata-filter';

/** Rows of one entity set, with its indexes. */
export class Table {
  private readonly rows = new Map<string, Row>();
  private readonly indexes = new Map<string, Map<string, Set<string>>>();

  constructor(
    readonly entity: Entity,
    private readonly changes: Changes,
  ) {
    for (const field of entity.indexed) this.indexes.set(field, new Map());
  }

  get size(): number {
    return this.rows.size;
  }

  keyOf(row: Row): string {
    return this.entity.keys.map((key) => String(row[key]).toLowerCase()).join('\u0000');
  }

  get(key: string): Row | undefined {
    return this.rows.get(key);
  }

  /** Adds or replaces a row; fields that are not given hold their empty value. */
  put(given: Row): Row {
    const row: Row = {};
    for (const [field, type] of Object.entries(this.entity.fields))
      row[field] = given[field] ?? emptyValue(type);
    const key = this.keyOf(row);
    this.set(key, row);
    return row;
  }

  delete(key: string): void {
    if (this.rows.has(key)) this.set(key, undefined);
  }

  /** A row that is there already keeps its place. */
  private set(key: string, row: Row | undefined): void {
    const before = this.rows.get(key);
    this.changes.note(() => this.set(key, before));
    if (before) this.unindex(key, before);
    if (!row) {
      this.rows.delete(key);
      return;
    }
    this.rows.set(key, row);
    for (const [field, index] of this.indexes) {
      const value = String(row[field]).toLowerCase();
      const keys = index.get(value) ?? new Set();
      keys.add(key);
      index.set(value, keys);
    }
  }

  private unindex(key: string, row: Row): void {
    for (const [field, index] of this.indexes) index.get(String(row[field]).toLowerCase())?.delete(key);
  }

  find(filter: Expression | null): Row[] {
    if (filter === null) return [...this.rows.values()];
    return this.candidates(filter).filter((row) => matches(filter, row));
  }

  private candidates(filter: Expression): Row[] {
    for (const [field, index] of this.indexes) {
      const values = indexedValues(filter, field);
      if (!values) continue;
      const keys = new Set(values.flatMap((value) => [...(index.get(value.toLowerCase()) ?? [])]));
      return [...keys].map((key) => this.rows.get(key)).filter((row): row is Row => row !== undefined);
    }
    return [...this.rows.values()];
  }
}

/** How to take back what was changed, while somebody may want to. */
export class Changes {
  private log: (() => void)[] | null = null;

  note(undo: () => void): void {
    this.log?.push(undo);
  }

  /** Does all of the work or none of it: where it throws, or `keep` says no, every change is taken back. */
  allOrNone<T>(work: () => T, keep: (result: T) => boolean = () => true): T {
    const outer = this.log;
    const own: (() => void)[] = [];
    this.log = own;
    const undo = (): void => {
      this.log = null;
      for (const step of own.reverse()) step();
      this.log = outer;
    };
    let result: T;
    try {
      result = work();
    } catch (thrown) {
      undo();
      throw thrown;
    }
    if (!keep(result)) undo();
    else outer?.push(...own);
    this.log = outer;
    return result;
  }
}
