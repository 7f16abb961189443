import { LedgerError } from '../../returns/failure';
import type { ConnectionGate } from '../../runtime/connection-gate';
import type { HttpResponse, HttpSend } from '../../runtime/http';
import { withRetry, type Surroundings } from '../../runtime/retry';
import { readBatch, writeBatch, type BatchAnswer, type BatchRequest } from './batch';
import { anotherNumber, BatchedCalls, type Answers, type NewRows } from './batched-calls';
import { d365Error } from './errors';
import type { AuditedSet, EntitySet } from './names';
import { keyPath, listPath, type ListOptions } from './odata';
import type { D365Settings } from '../settings';
import { parseJson, rowsOf, type D365Row } from './rows';
import { SignedCalls } from '../signed-calls';
import type { TokenSource } from '../token';

/** Rows that a list may have at most; more is a filter that is too wide. */
const MAX_PAGES = 100;

/**
 * OData client of one environment: token, company scope, paging, batches, errors with a class, and one gate for
 * all nodes that use the connection. Reads are tried again by themselves; writes never, since only the caller knows
 * whether a write may be repeated.
 */
export class D365Client {
  private readonly signed: SignedCalls;
  private readonly together: BatchedCalls;

  constructor(
    private readonly settings: D365Settings,
    tokens: TokenSource,
    private readonly http: HttpSend,
    private readonly surroundings: Surroundings,
    gate: ConnectionGate,
  ) {
    this.signed = new SignedCalls({
      tokens,
      http,
      gate,
      timeoutSeconds: settings.timeoutSeconds,
      headers: { accept: 'application/json;odata.metadata=minimal', 'odata-version': '4.0' },
      pauseAfter: (answer) => d365Error(answer, false, surroundings.clock).retryAfterMs ?? 0,
    });
    this.together = new BatchedCalls((groups, signal) => this.batch(groups, signal), gate, surroundings);
  }

  /** HTTP calls made so far, a batch counting once: for figures. */
  get calls(): number {
    return this.signed.made;
  }

  get root(): string {
    return this.settings.environmentUrl.replace(/\/+$/, '');
  }

  /** All rows at once. */
  async list(set: EntitySet | AuditedSet, options: ListOptions, signal?: AbortSignal): Promise<D365Row[]> {
    const rows: D365Row[] = [];
    for await (const page of this.pages(set, options, signal)) rows.push(...page);
    return rows;
  }

  /** All rows, a page at a time: no more than one page is held. */
  async *pages(
    set: EntitySet | AuditedSet,
    options: ListOptions,
    signal?: AbortSignal,
  ): AsyncGenerator<D365Row[]> {
    let url: string | undefined = `${this.root}/data/${listPath(set, options)}`;
    for (let page = 0; url !== undefined; page += 1) {
      if (page >= MAX_PAGES)
        throw new LedgerError({
          code: 'd365-too-many-rows',
          class: 'config',
          message: `${set} has too many rows for this filter`,
        });
      const address: string = url;
      const body = parseJson(await this.read(address, signal));
      url = this.nextPage(body['@odata.nextLink'], address);
      yield rowsOf(body);
    }
  }

  /** Several reads in one call; the answers come in the same order. Throws where one of them failed. */
  async readTogether(paths: readonly string[], signal?: AbortSignal): Promise<D365Row[][]> {
    const [answer] = await this.readMany([paths], signal);
    return given(answer);
  }

  /** The reads of many in as few calls as can be. What failed for one is the answer of that one. */
  readMany(groups: readonly (readonly string[])[], signal?: AbortSignal): Promise<Answers<D365Row[][]>> {
    return this.together.read(groups, signal);
  }

  /** The `$metadata` document. */
  async metadata(signal?: AbortSignal): Promise<string> {
    return (await this.read(`${this.root}/data/$metadata`, signal)).text;
  }

  /** Creates one row and gives back what D365 made of it. Throws with the class of the failure; never repeated. */
  async create(set: EntitySet, row: D365Row, signal?: AbortSignal): Promise<D365Row> {
    const answer = await this.signed.call(
      {
        method: 'POST',
        url: `${this.root}/data/${set}?cross-company=true`,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(row),
      },
      signal,
    );
    if (answer.status >= 300) throw d365Error(answer, true, this.surroundings.clock);
    return parseJson(answer);
  }

  /**
   * Changes fields of one row; `etag` lets D365 refuse where somebody has changed it since. Throws with the class of the
   * failure; never repeated.
   *
   * @param key all key fields of the row
   */
  async patch(
    set: EntitySet,
    key: Readonly<Record<string, string | number>>,
    change: D365Row,
    etag: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const url = `${this.root}/data/${set}(${keyPath(key)})?cross-company=true`;
    const headers = { 'content-type': 'application/json; charset=utf-8', 'if-match': etag };
    const answer = await this.signed.call(
      { method: 'PATCH', url, headers, body: JSON.stringify(change) },
      signal,
    );
    if (answer.status >= 300) throw d365Error(answer, true, this.surroundings.clock);
  }

  /**
   * Calls an operation of a custom service (A7). Throws with the class of the failure; never repeated.
   *
   * @param path below the environment's address, such as `/api/services/Group/Service/operation`
   */
  async service(path: string, body: D365Row, signal?: AbortSignal): Promise<D365Row> {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const answer = await this.signed.call(
      { method: 'POST', url: `${this.root}${path}`, headers, body: JSON.stringify(body) },
      signal,
    );
    if (answer.status >= 300) throw d365Error(answer, true, this.surroundings.clock);
    return parseJson(answer);
  }

  /**
   * Calls a data package action (A12) and gives its `value`. Throws with the class of the failure; never repeated.
   *
   * @param safe whether it only reads or prepares, so that a failure leaves nothing open
   */
  async packageAction(name: string, body: D365Row, safe: boolean, signal?: AbortSignal): Promise<string> {
    const url = `${this.root}/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.${name}`;
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const answer = await this.signed.call(
      { method: 'POST', url, headers, body: JSON.stringify(body), safe },
      signal,
    );
    if (answer.status >= 300) throw d365Error(answer, !safe, this.surroundings.clock);
    const { value } = parseJson(answer);
    return typeof value === 'string' ? value : '';
  }

  /** Puts a package where D365 said. The address is the secret, and our token is not sent: it is another host (A12). */
  async upload(address: string, content: Buffer, signal?: AbortSignal): Promise<void> {
    const plain = new URL(this.root).protocol === 'http:';
    if (!plain && !address.startsWith('https://')) {
      throw new LedgerError({
        code: 'd365-foreign-link',
        class: 'config',
        message: 'D365 named a place for a package that is not protected by https',
      });
    }
    this.signed.made += 1;
    const answer = await this.http({
      method: 'PUT',
      url: address,
      headers: { 'content-type': 'application/zip', 'x-ms-blob-type': 'BlockBlob' },
      body: content,
      timeoutMs: this.settings.timeoutSeconds * 1000,
      signal,
      safe: true,
    });
    if (answer.status < 300) return;
    throw new LedgerError({
      code: 'd365-upload',
      class: 'transient',
      message: `The place for a data package answered with status ${answer.status}`,
    });
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
  createMany(groups: readonly NewRows[], signal?: AbortSignal): Promise<Answers<D365Row[]>> {
    return this.together.create(groups, signal);
  }

  /** The answers to the parts: one for each read, one for each changeset. */
  private async batch(
    groups: readonly (readonly BatchRequest[])[],
    signal?: AbortSignal,
  ): Promise<BatchAnswer[][]> {
    const { contentType, body } = writeBatch(groups, this.root);
    const write = groups.some((group) => group.some(({ method }) => method !== 'GET'));
    const answer = await this.signed.call(
      {
        method: 'POST',
        url: `${this.root}/data/$batch`,
        headers: { 'content-type': contentType },
        body,
        safe: !write,
      },
      signal,
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
        const answer = await this.signed.call({ method: 'GET', url }, signal);
        if (answer.status >= 300) throw d365Error(answer, false, this.surroundings.clock);
        return answer;
      },
      this.surroundings,
      signal,
    );
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

function given<Answer>(answer: Answer | LedgerError | undefined): Answer {
  if (answer instanceof LedgerError) throw answer;
  if (answer === undefined) throw anotherNumber();
  return answer;
}
