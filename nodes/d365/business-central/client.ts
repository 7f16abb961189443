import { LedgerError } from '../../returns/failure';
import type { ConnectionGate } from '../../runtime/connection-gate';
import type { HttpResponse, HttpSend } from '../../runtime/http';
import { withRetry, type Surroundings } from '../../runtime/retry';
import { parseJson, rowsOf, textOf, type D365Row } from '../fscm/rows';
import type { D365Settings } from '../settings';
import { SignedCalls } from '../signed-calls';
import type { TokenSource } from '../token';
import { nextPage, publishedAddress, type BcPath, type Company } from './addresses';
import {
  answersOf,
  MOST_OPERATIONS,
  refusalOf,
  type BatchAnswer,
  type BatchRequest,
  type Method,
} from './batch';
import { bcError } from './errors';
import { apiRoot, odataRoot } from './settings';

/** Pages that a list may have at most; more is a filter that is too wide. */
const MAX_PAGES = 100;

const JSON_TYPE = { 'content-type': 'application/json' };

/**
 * Client of API v2.0 of one company: token, company, paging, JSON batches, errors with a class, and one gate for all nodes
 * that use the connection, since Business Central counts calls by user (B3). Reads are tried again by themselves; writes
 * never, since only the caller knows whether a write may be repeated.
 */
export class BcClient {
  private readonly signed: SignedCalls;
  private company: Promise<Company> | undefined;

  constructor(
    private readonly settings: D365Settings,
    tokens: TokenSource,
    http: HttpSend,
    private readonly surroundings: Surroundings,
    gate: ConnectionGate,
  ) {
    this.signed = new SignedCalls({
      tokens,
      http,
      gate,
      timeoutSeconds: settings.timeoutSeconds,
      // Texts are matched, so they must come in one language whatever the user's is (B2).
      headers: { accept: 'application/json', 'accept-language': 'en-US' },
      pauseAfter: (answer) => bcError(answer, false, surroundings.clock).retryAfterMs ?? 0,
    });
  }

  /** HTTP calls made so far, a batch counting once: for figures. */
  get calls(): number {
    return this.signed.made;
  }

  get root(): string {
    return apiRoot(this.settings.environmentUrl, this.settings.bcEnvironment);
  }

  /**
   * The id of the company, which every address needs (B1): the setting may be its name or its id. Throws
   * `d365-company-unknown` (config).
   */
  async companyId(signal?: AbortSignal): Promise<string> {
    return (await this.ownCompany(signal)).id;
  }

  private ownCompany(signal?: AbortSignal): Promise<Company> {
    this.company ??= this.findCompany(signal).catch((thrown: unknown) => {
      this.company = undefined;
      throw thrown;
    });
    return this.company;
  }

  private async findCompany(signal?: AbortSignal): Promise<Company> {
    const wanted = this.settings.company.toLowerCase();
    const companies: D365Row[] = [];
    for await (const page of this.pagesAt(`${this.root}/companies?$select=id,name,displayName`, signal)) {
      companies.push(...page);
    }
    const named = (field: string): D365Row[] =>
      companies.filter((row) => textOf(row, field).toLowerCase() === wanted);
    const [found] = [...named('id'), ...named('name'), ...named('displayName')];
    if (found) return { id: textOf(found, 'id'), name: textOf(found, 'name') };
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
      url = nextPage(body['@odata.nextLink'], address, this.root);
      yield rowsOf(body);
    }
  }

  /**
   * Several lists below the company in as few calls as can be, as they stand at this moment; the answers come in the same
   * order. Throws where one of them failed.
   */
  async readTogether(paths: readonly string[], signal?: AbortSignal): Promise<D365Row[][]> {
    const answers: D365Row[][] = [];
    for (let start = 0; start < paths.length; start += MOST_OPERATIONS) {
      answers.push(...(await this.readBatch(paths.slice(start, start + MOST_OPERATIONS), signal)));
    }
    return answers;
  }

  private async readBatch(paths: readonly string[], signal?: AbortSignal): Promise<D365Row[][]> {
    const company = await this.companyId(signal);
    const requests = paths.map((path) => ({ method: 'GET' as const, url: `companies(${company})/${path}` }));
    return withRetry(
      async () => {
        const answers = await this.batch(requests, false, signal);
        const found: D365Row[][] = [];
        for (const answer of answers) found.push(await this.rowsIn(answer, signal));
        return found;
      },
      this.surroundings,
      signal,
    );
  }

  /** Runs requests that do not depend on each other in one call (B2); the answers come in the same order. */
  async batch(
    requests: readonly BatchRequest[],
    write: boolean,
    signal?: AbortSignal,
  ): Promise<(BatchAnswer | null)[]> {
    const body = JSON.stringify({ requests: requests.map((one, at) => ({ id: String(at), ...one })) });
    const answer = await this.signed.call(
      { method: 'POST', url: `${this.root}/$batch`, headers: JSON_TYPE, body, safe: !write },
      signal,
    );
    if (answer.status >= 300) throw bcError(answer, write, this.surroundings.clock);
    return answersOf(parseJson(answer)['responses'], requests.length);
  }

  /** The rows of one answer of a batch, with those of its further pages. Throws what was refused. */
  async rowsIn(answer: BatchAnswer | null, signal?: AbortSignal): Promise<D365Row[]> {
    if (!answer) throw anotherNumber();
    if (answer.status >= 300) throw refusalOf(answer, false, this.surroundings.clock);
    const rows = [...rowsOf(answer.body)];
    const next = nextPage(answer.body['@odata.nextLink'], `${this.root}/companies/`, this.root);
    if (next !== undefined) for await (const page of this.pagesAt(next, signal)) rows.push(...page);
    return rows;
  }

  /** The rows of a published page as they stand at this moment. */
  async rows(path: BcPath, signal?: AbortSignal): Promise<D365Row[]> {
    const rows: D365Row[] = [];
    for await (const page of this.pagesAt(await this.address(path, signal), signal)) rows.push(...page);
    return rows;
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

  /** The same of the pages and codeunits that are published as web services. */
  async publishedMetadata(signal?: AbortSignal): Promise<string> {
    const { environmentUrl, bcEnvironment } = this.settings;
    return (await this.read(`${odataRoot(environmentUrl, bcEnvironment)}/$metadata`, signal)).text;
  }

  /** Creates a row with the rows below it, all or none (B2). Throws with the class of the failure; never repeated. */
  async create(set: BcPath, row: D365Row, signal?: AbortSignal): Promise<D365Row> {
    return parseJson(await this.write('POST', set, JSON_TYPE, row, signal));
  }

  /** Changes fields of one row, where nobody has changed it since it was read (409 else). Never repeated. */
  async patch(path: BcPath, change: D365Row, etag: string, signal?: AbortSignal): Promise<void> {
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

  /** Runs a procedure of a published codeunit, and gives what it returns. Never repeated. */
  async run(action: string, parameters: D365Row, signal?: AbortSignal): Promise<unknown> {
    const answer = await this.write('POST', { action }, JSON_TYPE, parameters, signal);
    return answer.text === '' ? undefined : parseJson(answer)['value'];
  }

  private async write(
    method: Method,
    path: BcPath,
    headers: Record<string, string>,
    row: D365Row | undefined,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    const body = row === undefined ? undefined : JSON.stringify(row);
    const answer = await this.signed.call(
      { method, url: await this.address(path, signal), headers, body },
      signal,
    );
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
        const answer = await this.signed.call({ method: 'GET', url, headers }, signal);
        if (answer.status >= 300) throw bcError(answer, false, this.surroundings.clock);
        return answer;
      },
      this.surroundings,
      signal,
    );
  }

  private async address(path: BcPath, signal?: AbortSignal): Promise<string> {
    if (typeof path !== 'string') {
      const { environmentUrl, bcEnvironment } = this.settings;
      return publishedAddress(path, environmentUrl, bcEnvironment, await this.ownCompany(signal));
    }
    return `${this.root}/companies(${await this.companyId(signal)})/${path}`;
  }
}

/** What documents of Business Central ask of the client, whether one by one or together with others. */
export type BcCalls = Pick<
  BcClient,
  'readTogether' | 'get' | 'create' | 'patch' | 'remove' | 'act' | 'run' | 'list' | 'pages' | 'rows'
>;

/** The token of the version of a row that was read. */
export function etagOf(row: D365Row): string {
  return textOf(row, '@odata.etag');
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
