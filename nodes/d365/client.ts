import { asLedgerError, LedgerError } from '../returns/failure';
import type { ConnectionGate } from '../runtime/connection-gate';
import type { HttpResponse, HttpSend } from '../runtime/http';
import { withRetry, type Surroundings } from '../runtime/retry';
import { MOST_OPERATIONS, readBatch, writeBatch, type BatchAnswer, type BatchRequest } from './batch';
import { d365Error } from './errors';
import type { EntitySet } from './names';
import { listPath, type ListOptions } from './odata';
import type { D365Settings } from './settings';
import type { TokenSource } from './token';

export type D365Row = Record<string, unknown>;

/** Rows of one set that are created together or not at all. */
export interface NewRows {
  set: EntitySet;
  rows: readonly D365Row[];
}

/** Rows that a list may have at most; more is a filter that is too wide. */
const MAX_PAGES = 100;

/**
 * OData client of one environment: token, company scope, paging, batches, errors with a class, and one gate for
 * all nodes that use the connection. Reads are tried again by themselves; writes never, since only the caller knows
 * whether a write may be repeated.
 */
export class D365Client {
  /** HTTP calls made so far, a batch counting once: for figures. */
  calls = 0;

  constructor(
    private readonly settings: D365Settings,
    private readonly tokens: TokenSource,
    private readonly http: HttpSend,
    private readonly surroundings: Surroundings,
    private readonly gate: ConnectionGate,
  ) {}

  get root(): string {
    return this.settings.environmentUrl.replace(/\/+$/, '');
  }

  /** All rows, page by page. */
  async list(set: EntitySet, options: ListOptions, signal?: AbortSignal): Promise<D365Row[]> {
    const rows: D365Row[] = [];
    let url: string | undefined = `${this.root}/data/${listPath(set, options)}`;
    for (let page = 0; url !== undefined; page += 1) {
      if (page >= MAX_PAGES)
        throw new LedgerError({
          code: 'd365-too-many-rows',
          class: 'config',
          message: `${set} has too many rows for this filter`,
        });
      const address: string = url;
      const answer = await this.read(address, signal);
      const body = parseJson(answer);
      rows.push(...rowsOf(body));
      url = this.nextPage(body['@odata.nextLink'], address);
    }
    return rows;
  }

  /** Several reads in one call; the answers come in the same order. Throws where one of them failed. */
  async readTogether(paths: readonly string[], signal?: AbortSignal): Promise<D365Row[][]> {
    const [answer] = await this.readMany([paths], signal);
    return given(answer);
  }

  /** The reads of many in as few calls as can be. What failed for one is the answer of that one. */
  async readMany(
    groups: readonly (readonly string[])[],
    signal?: AbortSignal,
  ): Promise<(D365Row[][] | LedgerError)[]> {
    const requests = groups.map((paths) => paths.map((path): BatchRequest => ({ method: 'GET', path })));
    return this.inCalls(requests, async (some) => {
      const parts = await withRetry(() => this.batch(some, signal), this.surroundings, signal);
      let at = 0;
      return some.map((group) => {
        const answers = parts.slice(at, (at += group.length)).flat();
        return attempt(() => answers.map((answer) => this.rowsRead(answer)));
      });
    });
  }

  /** The `$metadata` document. */
  async metadata(signal?: AbortSignal): Promise<string> {
    return (await this.read(`${this.root}/data/$metadata`, signal)).text;
  }

  /** Creates one row and gives back what D365 made of it. Throws with the class of the failure; never repeated. */
  async create(set: EntitySet, row: D365Row, signal?: AbortSignal): Promise<D365Row> {
    const answer = await this.call(
      'POST',
      `${this.root}/data/${set}?cross-company=true`,
      { 'content-type': 'application/json; charset=utf-8' },
      JSON.stringify(row),
      signal,
    );
    if (answer.status >= 300) throw d365Error(answer, true, this.surroundings.clock);
    return parseJson(answer);
  }

  /** Creates rows all together or not at all, in one changeset. */
  async createTogether(set: EntitySet, rows: readonly D365Row[], signal?: AbortSignal): Promise<D365Row[]> {
    const [answer] = await this.createMany([{ set, rows }], signal);
    return given(answer);
  }

  /**
   * Creates the rows of many in as few calls as can be: those of one all together or not at all, in a changeset of their
   * own, so that what is refused for one does not sink the others (R136). Never repeated.
   */
  async createMany(groups: readonly NewRows[], signal?: AbortSignal): Promise<(D365Row[] | LedgerError)[]> {
    const requests = groups.map(({ set, rows }) =>
      rows.map((body): BatchRequest => ({ method: 'POST', path: `${set}?cross-company=true`, body })),
    );
    return this.inCalls(requests, async (some) => {
      const parts = await this.batch(some, signal);
      return some.map((group, index) => attempt(() => this.rowsCreated(parts[index] ?? [], group.length)));
    });
  }

  /** One call for as many groups as fit; a call that fails is the answer of all of its groups. */
  private async inCalls<Answer>(
    groups: readonly (readonly BatchRequest[])[],
    work: (some: readonly (readonly BatchRequest[])[]) => Promise<(Answer | LedgerError)[]>,
  ): Promise<(Answer | LedgerError)[]> {
    const answers: (Answer | LedgerError)[] = [];
    for (const some of loads(groups)) {
      try {
        answers.push(...(await work(some)));
      } catch (thrown) {
        const error = asLedgerError(thrown);
        answers.push(...some.map(() => error));
      }
    }
    return answers;
  }

  private rowsRead(answer: BatchAnswer): D365Row[] {
    this.throwIfRefused(answer, false);
    const body = parseJson(answer);
    if (body['@odata.nextLink'] === undefined) return rowsOf(body);
    throw new LedgerError({
      code: 'd365-too-many-rows',
      class: 'config',
      message: 'A look-up in D365 found more rows than fit one page',
    });
  }

  private rowsCreated(answers: readonly BatchAnswer[], expected: number): D365Row[] {
    for (const answer of answers) this.throwIfRefused(answer, true);
    if (answers.length !== expected) throw anotherNumber();
    return answers.map((answer) => parseJson(answer));
  }

  /** A part can be throttled as a whole call can: the wait holds for all. */
  private throwIfRefused(answer: BatchAnswer, write: boolean): void {
    if (answer.status < 300) return;
    const error = d365Error(answer, write, this.surroundings.clock);
    if (answer.status === 429) this.gate.pause(error.retryAfterMs ?? 0);
    throw error;
  }

  /** The answers to the parts: one for each read, one for each changeset. */
  private async batch(
    groups: readonly (readonly BatchRequest[])[],
    signal?: AbortSignal,
  ): Promise<BatchAnswer[][]> {
    const { contentType, body } = writeBatch(groups, this.root);
    const write = groups.some((group) => group.some(({ method }) => method !== 'GET'));
    const answer = await this.call(
      'POST',
      `${this.root}/data/$batch`,
      { 'content-type': contentType },
      body,
      signal,
      !write,
    );
    if (answer.status >= 300) throw d365Error(answer, write, this.surroundings.clock);
    const parts = readBatch(answer.headers['content-type'] ?? '', answer.text);
    const expected = write ? groups.length : groups.reduce((sum, group) => sum + group.length, 0);
    if (parts.length !== expected) throw anotherNumber();
    return parts;
  }

  private read(url: string, signal?: AbortSignal): Promise<HttpResponse> {
    return withRetry(
      async () => {
        const answer = await this.call('GET', url, {}, undefined, signal);
        if (answer.status >= 300) throw d365Error(answer, false, this.surroundings.clock);
        return answer;
      },
      this.surroundings,
      signal,
    );
  }

  /** One call with a token; a token that was refused is renewed once. */
  private call(
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    body: string | undefined,
    signal: AbortSignal | undefined,
    safe = false,
  ): Promise<HttpResponse> {
    const send = async (): Promise<HttpResponse> => {
      const token = await this.tokens.token({ signal });
      const first = await this.send(method, url, headers, body, token, signal, safe);
      if (first.status !== 401) return first;
      const renewed = await this.tokens.token({ renew: token, signal });
      return this.send(method, url, headers, body, renewed, signal, safe);
    };
    return this.gate.pass(send, isOutage, signal);
  }

  private async send(
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    body: string | undefined,
    token: string,
    signal: AbortSignal | undefined,
    safe: boolean,
  ): Promise<HttpResponse> {
    this.calls += 1;
    const answer = await this.http({
      method,
      url,
      headers: {
        accept: 'application/json;odata.metadata=minimal',
        'odata-version': '4.0',
        authorization: `Bearer ${token}`,
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs: this.settings.timeoutSeconds * 1000,
      signal,
      safe,
    });
    if (answer.status === 429) {
      this.gate.pause(d365Error(answer, false, this.surroundings.clock).retryAfterMs ?? 0);
    }
    return answer;
  }

  /** A next page is followed on the same host only: an answer must not be able to send our token elsewhere. */
  private nextPage(link: unknown, current: string): string | undefined {
    if (typeof link !== 'string' || link === '') return undefined;
    const next = new URL(link, current);
    if (next.origin === new URL(this.root).origin) return next.href;
    throw new LedgerError({
      code: 'd365-foreign-link',
      class: 'config',
      message: 'D365 named a next page on another host',
    });
  }
}

/** As many groups together as one batch may hold (A3). */
function loads(groups: readonly (readonly BatchRequest[])[]): (readonly BatchRequest[])[][] {
  const all: (readonly BatchRequest[])[][] = [];
  let operations = 0;
  for (const group of groups) {
    const last = all.at(-1);
    if (last && operations + group.length <= MOST_OPERATIONS) {
      last.push(group);
      operations += group.length;
    } else {
      all.push([group]);
      operations = group.length;
    }
  }
  return all;
}

function attempt<Answer>(read: () => Answer): Answer | LedgerError {
  try {
    return read();
  } catch (thrown) {
    return asLedgerError(thrown);
  }
}

function given<Answer>(answer: Answer | LedgerError | undefined): Answer {
  if (answer instanceof LedgerError) throw answer;
  if (answer === undefined) throw anotherNumber();
  return answer;
}

function anotherNumber(): LedgerError {
  return new LedgerError({
    code: 'batch-unreadable',
    class: 'ambiguous',
    message: 'D365 answered a batch with another number of parts',
  });
}

/** Nobody is there: a gateway says so, or the service itself. */
function isOutage(answer: HttpResponse): boolean {
  return answer.status === 502 || answer.status === 503 || answer.status === 504;
}

function parseJson(answer: { text: string }): D365Row {
  try {
    return JSON.parse(answer.text) as D365Row;
  } catch {
    throw new LedgerError({
      code: 'd365-answer',
      class: 'ambiguous',
      message: 'D365 answered with something that is not JSON',
    });
  }
}

function rowsOf(body: D365Row): D365Row[] {
  return Array.isArray(body['value']) ? (body['value'] as D365Row[]) : [];
}

/** A text field of a row; empty where it is missing. */
export function textOf(row: D365Row, field: string): string {
  const value = row[field];
  return typeof value === 'string' ? value : '';
}

export function numberOf(row: D365Row, field: string): number {
  const value = row[field];
  return typeof value === 'number' ? value : Number(value ?? 0);
}
