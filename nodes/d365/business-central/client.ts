import { LedgerError } from '../../returns/failure';
import type { ConnectionGate } from '../../runtime/connection-gate';
import type { HttpResponse, HttpSend } from '../../runtime/http';
import { withRetry, type Surroundings } from '../../runtime/retry';
import { numberOf, parseJson, rowsOf, textOf, type D365Row } from '../fscm/rows';
import type { D365Settings } from '../settings';
import type { TokenSource } from '../token';
import { bcError } from './errors';
import { apiRoot } from './settings';

/** Operations of one `$batch` (B3). */
const BATCH_LIMIT = 100;
/** Pages that a list may have at most; more is a filter that is too wide. */
const MAX_PAGES = 100;

const JSON_TYPE = { 'content-type': 'application/json' };

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/**
 * Client of API v2.0 of one company: token, company, paging, JSON batches, errors with a class, and one gate for all nodes
 * that use the connection, since Business Central counts calls by user (B3). Reads are tried again by themselves; writes
 * never, since only the caller knows whether a write may be repeated.
 */
export class BcClient {
  /** HTTP calls made so far, a batch counting once: for figures. */
  calls = 0;
  private company: Promise<string> | undefined;

  constructor(
    private readonly settings: D365Settings,
    private readonly tokens: TokenSource,
    private readonly http: HttpSend,
    private readonly surroundings: Surroundings,
    private readonly gate: ConnectionGate,
  ) {}

  get root(): string {
    return apiRoot(this.settings.environmentUrl, this.settings.bcEnvironment);
  }

  /**
   * The id of the company, which every address needs (B1): the setting may be its name or its id. Throws
   * `d365-company-unknown` (config).
   */
  companyId(signal?: AbortSignal): Promise<string> {
    this.company ??= this.findCompany(signal).catch((thrown: unknown) => {
      this.company = undefined;
      throw thrown;
    });
    return this.company;
  }

  private async findCompany(signal?: AbortSignal): Promise<string> {
    const wanted = this.settings.company.toLowerCase();
    const companies: D365Row[] = [];
    for await (const page of this.pagesAt(`${this.root}/companies?$select=id,name,displayName`, signal)) {
      companies.push(...page);
    }
    const named = (field: string): D365Row[] =>
      companies.filter((row) => textOf(row, field).toLowerCase() === wanted);
    const [found] = [...named('id'), ...named('name'), ...named('displayName')];
    if (found) return textOf(found, 'id');
    throw new LedgerError({
      code: 'd365-company-unknown',
      class: 'config',
      message: `Business Central has no company ${this.settings.company} in the environment ${this.settings.bcEnvironment}, or the application may not see it`,
    });
  }

  /** All rows of a list below the company, a page at a time. Read where copies are read, which may be seconds behind. */
  async *pages(path: string, signal?: AbortSignal): AsyncGenerator<D365Row[]> {
    yield* this.pagesAt(await this.address(path, signal), signal, { 'data-access-intent': 'ReadOnly' });
  }

  /** The same at once. */
  async list(path: string, signal?: AbortSignal): Promise<D365Row[]> {
    const rows: D365Row[] = [];
    for await (const page of this.pages(path, signal)) rows.push(...page);
    return rows;
  }

  private async *pagesAt(
    first: string,
    signal?: AbortSignal,
    headers: Record<string, string> = {},
  ): AsyncGenerator<D365Row[]> {
    let url: string | undefined = first;
    for (let page = 0; url !== undefined; page += 1) {
      if (page >= MAX_PAGES) throw tooManyRows();
      const address: string = url;
      const body = parseJson(await this.read(address, signal, headers));
      url = this.nextPage(body['@odata.nextLink'], address);
      yield rowsOf(body);
    }
  }

  /**
   * Several lists below the company in as few calls as can be, as they stand at this moment; the answers come in the same
   * order. Throws where one of them failed.
   */
  async readTogether(paths: readonly string[], signal?: AbortSignal): Promise<D365Row[][]> {
    const answers: D365Row[][] = [];
    for (let start = 0; start < paths.length; start += BATCH_LIMIT) {
      answers.push(...(await this.readBatch(paths.slice(start, start + BATCH_LIMIT), signal)));
    }
    return answers;
  }

  private async readBatch(paths: readonly string[], signal?: AbortSignal): Promise<D365Row[][]> {
    const company = await this.companyId(signal);
    const requests = paths.map((path, at) => ({
      id: String(at),
      method: 'GET',
      url: `companies(${company})/${path}`,
    }));
    return withRetry(
      async () => {
        const url = `${this.root}/$batch`;
        const body = JSON.stringify({ requests });
        const answer = await this.call('POST', url, JSON_TYPE, body, signal, true);
        if (answer.status >= 300) throw bcError(answer, false, this.surroundings.clock);
        return this.readParts(parseJson(answer)['responses'], paths.length, signal);
      },
      this.surroundings,
      signal,
    );
  }

  private async readParts(responses: unknown, expected: number, signal?: AbortSignal): Promise<D365Row[][]> {
    const parts = new Map(
      (Array.isArray(responses) ? (responses as D365Row[]) : []).map((part) => [String(part['id']), part]),
    );
    const found: D365Row[][] = [];
    for (let at = 0; at < expected; at += 1) {
      const part = parts.get(String(at));
      if (!part) throw anotherNumber();
      const body = (part['body'] ?? {}) as D365Row;
      const status = numberOf(part, 'status');
      if (status >= 300) {
        throw bcError({ status, headers: {}, text: JSON.stringify(body) }, false, this.surroundings.clock);
      }
      const rows = [...rowsOf(body)];
      const next = this.nextPage(body['@odata.nextLink'], `${this.root}/companies/`);
      if (next !== undefined) for await (const page of this.pagesAt(next, signal)) rows.push(...page);
      found.push(rows);
    }
    return found;
  }

  /** One row; null where it is not there, or not any more. */
  async get(path: string, signal?: AbortSignal): Promise<D365Row | null> {
    try {
      return parseJson(await this.read(await this.address(path, signal), signal));
    } catch (thrown) {
      if (thrown instanceof LedgerError && thrown.code === 'd365-record-gone') return null;
      throw thrown;
    }
  }

  /** The `$metadata` document. */
  async metadata(signal?: AbortSignal): Promise<string> {
    return (await this.read(`${this.root}/$metadata`, signal)).text;
  }

  /** Creates a row with the rows below it, all or none (B2). Throws with the class of the failure; never repeated. */
  async create(set: string, row: D365Row, signal?: AbortSignal): Promise<D365Row> {
    return parseJson(await this.write('POST', set, JSON_TYPE, row, signal));
  }

  /** Changes fields of one row, where nobody has changed it since it was read (409 else). Never repeated. */
  async patch(path: string, change: D365Row, etag: string, signal?: AbortSignal): Promise<void> {
    await this.write('PATCH', path, { ...JSON_TYPE, 'if-match': etag }, change, signal);
  }

  /** Takes a row away, where nobody has changed it since it was read. Never repeated. */
  async remove(path: string, etag: string, signal?: AbortSignal): Promise<void> {
    await this.write('DELETE', path, { 'if-match': etag }, undefined, signal);
  }

  /** Runs an action that is bound to a row, such as `Microsoft.NAV.post`. Never repeated. */
  async act(path: string, etag: string, signal?: AbortSignal): Promise<void> {
    await this.write('POST', path, { 'if-match': etag }, undefined, signal);
  }

  private async write(
    method: Method,
    path: string,
    headers: Record<string, string>,
    row: D365Row | undefined,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    const body = row === undefined ? undefined : JSON.stringify(row);
    const answer = await this.call(method, await this.address(path, signal), headers, body, signal);
    if (answer.status >= 300) throw bcError(answer, true, this.surroundings.clock);
    return answer;
  }

  private read(
    url: string,
    signal?: AbortSignal,
    headers: Record<string, string> = {},
  ): Promise<HttpResponse> {
    return withRetry(
      async () => {
        const answer = await this.call('GET', url, headers, undefined, signal);
        if (answer.status >= 300) throw bcError(answer, false, this.surroundings.clock);
        return answer;
      },
      this.surroundings,
      signal,
    );
  }

  private async address(path: string, signal?: AbortSignal): Promise<string> {
    return `${this.root}/companies(${await this.companyId(signal)})/${path}`;
  }

  /** One call with a token; a token that was refused is renewed once. */
  private call(
    method: Method,
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
    method: Method,
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
      // Texts are matched, so they must come in one language whatever the user's is (B2).
      headers: {
        accept: 'application/json',
        'accept-language': 'en-US',
        authorization: `Bearer ${token}`,
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs: this.settings.timeoutSeconds * 1000,
      signal,
      safe,
    });
    if (answer.status === 429) {
      this.gate.pause(bcError(answer, false, this.surroundings.clock).retryAfterMs ?? 0);
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
      message: 'Business Central named a next page on another host',
    });
  }
}

/** The token of the version of a row that was read. */
export function etagOf(row: D365Row): string {
  return textOf(row, '@odata.etag');
}

function isOutage(answer: HttpResponse): boolean {
  return answer.status === 502 || answer.status === 503 || answer.status === 504;
}

function anotherNumber(): LedgerError {
  return new LedgerError({
    code: 'd365-answer',
    class: 'transient',
    message: 'Business Central answered a batch with another number of parts',
  });
}

function tooManyRows(): LedgerError {
  return new LedgerError({
    code: 'd365-too-many-rows',
    class: 'config',
    message: 'Business Central has too many rows for this filter',
  });
}
