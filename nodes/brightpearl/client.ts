import { asLedgerError, LedgerError } from '../returns/failure';
import type { ConnectionGate } from '../runtime/connection-gate';
import { Gatherer } from '../runtime/gatherer';
import type { HttpResponse, HttpSend } from '../runtime/http';
import { withRetry, type Surroundings } from '../runtime/retry';
import { brightpearlError, BrightpearlRefusal, isThrottled, type BrightpearlAnswer } from './errors';
import { readMultiMessage, writeMultiMessage, MOST_MESSAGES } from './multi-message';
import { readSearch, type SearchPage, type SearchRow } from './search';
import { apiRoot, identity, type BrightpearlSettings, type TokenOf } from './settings';

/** Rows of one page of a search, and pages at most: more is a filter that is too wide. */
const PAGE_SIZE = 500;
const MAX_PAGES = 200;

export interface Write {
  method: 'POST' | 'PUT';
  /** Below the account, for example `/order-service/sales-credit`. */
  path: string;
  body: unknown;
  /** Asked right before the write leaves; throws where this instance may have been taken for dead. */
  assertAlive: () => void;
}

type Prepared = { method: 'GET' | 'POST' | 'PUT'; path: string; body?: unknown };

/**
 * Client of one Brightpearl account: identity, throttle, searches, errors with a class, and one gate for all nodes
 * that use the account. Reads are tried again by themselves; writes never, since only the caller knows whether a
 * write may be repeated. Writes that come together go together.
 */
export class BrightpearlClient {
  /** HTTP calls made so far, one for several writes together: what the vendor's throttle counts. */
  calls = 0;
  private readonly root: string;
  private readonly writes: Gatherer<Write, unknown>;

  constructor(
    private readonly settings: BrightpearlSettings,
    private readonly tokens: TokenOf,
    private readonly http: HttpSend,
    private readonly surroundings: Surroundings,
    private readonly gate: ConnectionGate,
  ) {
    this.root = apiRoot(settings);
    this.writes = new Gatherer({
      gatherMs: settings.writeTogether ? settings.gatherMs : 0,
      most: settings.writeTogether ? MOST_MESSAGES : 1,
      work: (take) => this.writeTogether(take),
      surroundings,
    });
  }

  /**
   * Reads a resource; null where there is none (404).
   *
   * @param path asked for when the call's turn has come; null for no call
   */
  async read(path: () => string | null, signal?: AbortSignal): Promise<unknown> {
    const answer = await this.retried(path, signal);
    if (answer === null || isNothing(answer)) return null;
    if (answer.status >= 300) throw brightpearlError(answer, false);
    return responseOf(answer);
  }

  /** A list that is asked for by ids; empty where nothing was found. */
  async list(path: () => string | null, signal?: AbortSignal): Promise<Record<string, unknown>[]> {
    const response = await this.read(path, signal);
    if (Array.isArray(response)) return response as Record<string, unknown>[];
    return response === null ? [] : [response as Record<string, unknown>];
  }

  /** All rows of a search, page by page. */
  async search(path: () => string | null, signal?: AbortSignal): Promise<SearchRow[]> {
    const rows: SearchRow[] = [];
    let address: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      // What is searched for stays the same for all pages, and for a page that is asked for again.
      const answer = await this.retried(() => {
        if (page === 0) address = path();
        return address === null ? null : pageOf(address, page);
      }, signal);
      if (answer === null) return rows;
      if (isNothing(answer)) return rows;
      if (answer.status >= 300) throw brightpearlError(answer, false);
      const found: SearchPage = readSearch(responseOf(answer));
      rows.push(...found.rows);
      if (found.rows.length === 0 || rows.length >= found.available) return rows;
    }
    throw tooManyRows();
  }

  /** All rows of a search, a page at a time: no more than one page is held. */
  async *searchPages(address: string, most: number, signal?: AbortSignal): AsyncGenerator<SearchRow[]> {
    let read = 0;
    for (let page = 0; page < most; page += 1) {
      const answer = await this.retried(() => pageOf(address, page), signal);
      if (answer === null || isNothing(answer)) return;
      if (answer.status >= 300) throw brightpearlError(answer, false);
      const { rows, available } = readSearch(responseOf(answer));
      read += rows.length;
      yield rows;
      if (rows.length === 0 || read >= available) return;
    }
    throw tooManyRows();
  }

  /** Makes one write, together with others where there are some, and gives what was answered to it. */
  write(write: Write): Promise<unknown> {
    return this.writes.ask(write);
  }

  private async writeTogether(take: () => readonly Write[]): Promise<unknown[]> {
    let sent: Write[] = [];
    let answers: unknown[] = [];
    const answer = await this.call(() => {
      const taken = take();
      answers = taken.map(refusedNow);
      sent = taken.filter((_, index) => answers[index] === undefined);
      const [only] = sent;
      if (!only) return null;
      if (sent.length === 1) return { method: only.method, path: only.path, body: only.body };
      return { method: 'POST', path: '/multi-message', body: writeMultiMessage(sent) };
    });
    const parts = answer === null ? [] : answersOf(answer, sent.length);
    return answers.map((refused) => refused ?? parts.shift());
  }

  private retried(path: () => string | null, signal?: AbortSignal): Promise<HttpResponse | null> {
    return withRetry(
      async () => {
        const answer = await this.call(() => {
          const prepared = path();
          return prepared === null ? null : { method: 'GET', path: prepared };
        }, signal);
        if (answer !== null && (answer.status >= 500 || answer.status === 429)) {
          throw brightpearlError(answer, false);
        }
        return answer;
      },
      this.surroundings,
      signal,
    );
  }

  /** One call, prepared when its turn has come. */
  private call(prepare: () => Prepared | null, signal?: AbortSignal): Promise<HttpResponse | null> {
    return this.gate.pass<HttpResponse | null>(
      async () => {
        const token = await this.tokens.token(signal);
        const prepared = prepare();
        if (prepared === null) return null;
        const answer = await this.send(prepared, token, signal);
        // Who is refused has changed nothing, so a call may be made again with a new token.
        const renewed = answer.status === 401 ? await this.tokens.renew(token, signal) : null;
        return renewed === null ? answer : this.send(prepared, renewed, signal);
      },
      (answer) => answer !== null && isOutage(answer),
      signal,
    );
  }

  private async send(
    { method, path, body }: Prepared,
    token: string,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    this.calls += 1;
    const answer = await this.http({
      method,
      url: `${this.root}${path}`,
      headers: {
        accept: 'application/json',
        ...identity(this.settings, token),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: this.settings.timeoutSeconds * 1000,
      signal,
    });
    this.heed(answer);
    return answer;
  }

  /** What the throttle's headers say holds for all nodes of the account. */
  private heed(answer: HttpResponse): void {
    const left = Number(answer.headers['brightpearl-requests-remaining'] ?? Number.NaN);
    if (Number.isFinite(left)) this.gate.told(left);
    if (isThrottled(answer)) this.gate.pause(brightpearlError(answer, false).retryAfterMs ?? 0);
  }
}

/** Nobody is there; a throttle's reply is not that. */
function isOutage(answer: BrightpearlAnswer): boolean {
  return (answer.status === 502 || answer.status === 503 || answer.status === 504) && !isThrottled(answer);
}

/** "Empty list response code": an id set or a search with nothing in it may be answered 404. */
function isNothing(answer: BrightpearlAnswer): boolean {
  return answer.status === 404;
}

/** Why a write may not leave any more: its node is closing, or another instance has taken over. */
function refusedNow(write: Write): Error | undefined {
  try {
    write.assertAlive();
    return undefined;
  } catch (thrown) {
    return asLedgerError(thrown);
  }
}

/** What was answered to each of the writes of one request. */
function answersOf(answer: BrightpearlAnswer, count: number): unknown[] {
  // Where the request as a whole was refused, none of its parts was done.
  if (answer.status >= 300) {
    const error = brightpearlError(answer, true);
    return Array.from({ length: count }, () => error);
  }
  if (count === 1) return [given(answer)];
  return readMultiMessage(answer.text, count).map((part) => {
    if (part === null) return notProcessed();
    return part.status >= 300 ? brightpearlError(part, true) : given(part);
  });
}

/** What stands in `response`; true for the empty answer of a write that has nothing to tell. */
function given(answer: BrightpearlAnswer): unknown {
  return responseOf(answer) ?? true;
}

function responseOf(answer: BrightpearlAnswer): unknown {
  if (answer.text.trim() === '') return null;
  try {
    return (JSON.parse(answer.text) as { response?: unknown }).response ?? null;
  } catch {
    throw new LedgerError({
      code: 'brightpearl-answer',
      class: 'ambiguous',
      message: 'Brightpearl answered with something that is not JSON',
    });
  }
}

function notProcessed(): BrightpearlRefusal {
  return new BrightpearlRefusal(
    {
      code: 'brightpearl-not-processed',
      class: 'transient',
      message: 'Brightpearl did not come to this part of a gathered request',
    },
    [],
  );
}

/** Address of a page of a search, counted from 0. */
function pageOf(address: string, page: number): string {
  const joint = address.includes('?') ? '&' : '?';
  const first = page * PAGE_SIZE + 1;
  return `${address}${joint}pageSize=${PAGE_SIZE}${first === 1 ? '' : `&firstResult=${first}`}`;
}

function tooManyRows(): LedgerError {
  return new LedgerError({
    code: 'brightpearl-too-many-rows',
    class: 'config',
    message: 'A search in Brightpearl found more rows than can be read',
  });
}
