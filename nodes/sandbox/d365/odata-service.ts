import { QueryFault, type Row, type Value } from './odata-filter';
import { etagOf, parseQuery, present, runQuery, type Query } from './odata-query';
import { queryErrorBody, Refusal, refusalBody } from './refusal';
import { ENUMS } from './enums';
import type { SetWriter } from './erp';
import type { ErpData } from './erp-data';

export interface Answer {
  status: number;
  body: string;
}

export interface ODataSettings {
  omitted: ReadonlySet<string>;
  pageSize: number;
  /** Status of a business refusal (A2.1). */
  validationStatus: 400 | 500;
}

const NOT_WRITABLE: Answer = { status: 405, body: queryErrorBody('The entity cannot be written.') };

/** The `/data` service: one operation at a time, and changesets that are all or nothing (A2). */
export class ODataService {
  constructor(
    private readonly data: ErpData,
    private readonly writers: ReadonlyMap<string, SetWriter>,
    private readonly settings: ODataSettings,
  ) {}

  /** One operation; what it refuses becomes its answer. */
  operate(method: string, path: string, body: string, ifMatch: string | undefined): Answer {
    try {
      const query = parseQuery(path, this.settings.omitted);
      if (!query)
        return {
          status: 404,
          body: queryErrorBody(`No HTTP resource was found that matches '${path.split('?')[0] ?? ''}'.`),
        };
      if (method === 'GET') return query.key ? this.readOne(query) : this.readMany(query, path);
      if (method === 'POST') return this.create(query, body);
      return this.change(method, query, body, ifMatch);
    } catch (thrown) {
      if (thrown instanceof Refusal) return this.refused(thrown);
      if (thrown instanceof QueryFault) return { status: 400, body: queryErrorBody(thrown.message) };
      throw thrown;
    }
  }

  refused(refusal: Refusal): Answer {
    return { status: refusal.status ?? this.settings.validationStatus, body: refusalBody(refusal) };
  }

  /** Runs the members until one is refused; then everything they did is taken back. */
  allOrNone<T extends { status: number }>(members: readonly (() => T)[]): { done: T[]; failed: T | null } {
    return this.data.changes.allOrNone<{ done: T[]; failed: T | null }>(
      () => {
        const done: T[] = [];
        for (const member of members) {
          const answer = member();
          if (answer.status >= 400) return { done, failed: answer };
          done.push(answer);
        }
        return { done, failed: null };
      },
      ({ failed }) => failed === null,
    );
  }

  private readOne(query: Query): Answer {
    const row = this.rowOf(query);
    if (!row) return { status: 404, body: queryErrorBody('The resource was not found.') };
    return { status: 200, body: JSON.stringify(present(row, query, this.data)) };
  }

  private readMany(query: Query, path: string): Answer {
    const all = runQuery(query, this.data);
    const wanted = all.slice(query.skip, query.top === null ? undefined : query.skip + query.top);
    const page = wanted.slice(0, this.settings.pageSize);
    const answer: Record<string, unknown> = { '@odata.context': `$metadata#${query.entity.set}` };
    if (query.count) answer['@odata.count'] = all.length;
    answer['value'] = page.map((row) => present(row, query, this.data));
    if (wanted.length > page.length) {
      const next = new URLSearchParams(path.split('?')[1] ?? '');
      next.set('$skip', String(query.skip + page.length));
      if (query.top !== null) next.set('$top', String(query.top - page.length));
      answer['@odata.nextLink'] = `./${query.entity.set}?${next.toString()}`;
    }
    return { status: 200, body: JSON.stringify(answer) };
  }

  private create(query: Query, body: string): Answer {
    const writer = this.writers.get(query.entity.set);
    if (!writer) return NOT_WRITABLE;
    const given = this.readBody(body, query);
    const row = this.data.changes.allOrNone(() => writer.create(given));
    return { status: 201, body: JSON.stringify(present(row, query, this.data)) };
  }

  private change(method: string, query: Query, body: string, ifMatch: string | undefined): Answer {
    const row = query.key ? this.rowOf(query) : undefined;
    if (!row) return { status: 404, body: queryErrorBody('The resource was not found.') };
    const writer = this.writers.get(query.entity.set);
    if (!writer) return NOT_WRITABLE;
    if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etagOf(row)) {
      return { status: 412, body: queryErrorBody('The record was changed by someone else.') };
    }
    const given = method === 'DELETE' ? null : this.readBody(body, query);
    this.data.changes.allOrNone(() => (given ? writer.update(row, given) : writer.remove(row)));
    return { status: 204, body: '' };
  }

  private rowOf(query: Query): Row | undefined {
    const table = this.data.table(query.entity.set);
    const row = table.get(table.keyOf(query.key ?? {}));
    return row &&
      (query.crossCompany || row['dataAreaId'] === undefined || row['dataAreaId'] === this.data.company)
      ? row
      : undefined;
  }

  private readBody(body: string, query: Query): Row {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      throw new QueryFault('The body is not JSON.');
    }
    const row: Row = {};
    for (const [field, value] of Object.entries(parsed as Record<string, unknown>)) {
      const type = query.entity.fields[field];
      if (type === undefined || this.settings.omitted.has(`${query.entity.set}.${field}`)) {
        throw new QueryFault(
          `The property '${field}' does not exist on type 'Microsoft.Dynamics.DataEntities.${query.entity.type}'.`,
        );
      }
      const numeric = type === 'Decimal' || type === 'Int32' || type === 'Int64';
      if (value === null ? numeric : typeof value !== (numeric ? 'number' : 'string')) {
        throw new QueryFault(`The value of '${field}' has the wrong type.`);
      }
      const members = typeof type === 'string' ? undefined : ENUMS[type.enum];
      if (members && typeof value === 'string' && !members.includes(value)) {
        throw new QueryFault(`'${value}' is not a member of the enumeration of '${field}'.`);
      }
      if (value !== null) row[field] = value as Value;
    }
    return row;
  }
}
