import type { AxiosError } from 'axios';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { LedgerError } from '../returns/failure';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** True where carrying the request out twice does no harm although its method says otherwise (a token, a read). */
  safe?: boolean;
}

export interface HttpResponse {
  status: number;
  /** Header names in lower case. */
  headers: Record<string, string>;
  text: string;
}

/**
 * Sends one request and gives every answer back, whatever its status: vendors say what a status means.
 * Throws a {@link LedgerError} where there is no answer:
 * - `http-unreachable` (transient): the request never left.
 * - `http-no-answer`: it left and no answer came; `ambiguous` for a write, `transient` for a read.
 * - `http-aborted` (transient): the caller gave up, for example because the node was closed; `ambiguous` for a write.
 * - `http-not-encrypted` (config): an http address where only https is allowed (R220).
 */
export type HttpSend = (request: HttpRequest) => Promise<HttpResponse>;

export interface HttpOptions {
  /** Plain http is for loopback only, unless this is set (the sandbox, tests). */
  allowPlainHttp?: boolean;
  timeoutMs?: number;
  maxResponseBytes?: number;
  /** Connections kept open to one host. */
  maxSockets?: number;
}

/** The part of an axios instance that is used. */
interface HttpClient {
  request(config: Record<string, unknown>): Promise<{ status: number; headers: unknown; data: unknown }>;
}

/** Connection errors after which it is certain that the other side never saw the request. */
const NEVER_LEFT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Makes the pack's HTTP client: axios without redirects, with limits, and with errors that hold no header or body. */
export function createHttp(options: HttpOptions = {}): HttpSend & { close(): void } {
  const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: options.maxSockets ?? 16 });
  const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: options.maxSockets ?? 16 });
  let client: Promise<HttpClient> | undefined;

  // Loaded on first use: axios costs more at start-up than the rest of the pack together.
  const axiosClient = (): Promise<HttpClient> =>
    (client ??= import('axios').then(({ default: axios }) =>
      axios.create({
        httpAgent,
        httpsAgent,
        proxy: false,
        maxRedirects: 0,
        maxContentLength: options.maxResponseBytes ?? 64 * 1024 * 1024,
        maxBodyLength: Number.POSITIVE_INFINITY,
        responseType: 'text',
        transformResponse: [],
        validateStatus: () => true,
      }),
    ));

  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    refusePlainHttp(request.url, options.allowPlainHttp ?? false);
    const axios = await axiosClient();
    try {
      const answer = await axios.request({
        method: request.method,
        url: request.url,
        headers: { 'user-agent': 'returns-ledger', ...request.headers },
        data: request.body,
        timeout: request.timeoutMs ?? options.timeoutMs ?? 60_000,
        ...(request.signal ? { signal: request.signal } : {}),
      });
      return {
        status: answer.status,
        headers: plainHeaders(answer.headers as Record<string, unknown>),
        text: typeof answer.data === 'string' ? answer.data : '',
      };
    } catch (thrown) {
      throw transportError(thrown as AxiosError, request);
    }
  };
  return Object.assign(send, {
    close: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  });
}

function refusePlainHttp(address: string, allowed: boolean): void {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new LedgerError({
      code: 'http-address',
      class: 'config',
      message: 'The address in the connection is not a URL; it must start with https://',
    });
  }
  const plainIsFine = allowed || LOOPBACK.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && plainIsFine)) return;
  throw new LedgerError({
    code: 'http-not-encrypted',
    class: 'config',
    message: `The address of ${url.hostname} must start with https://, so that nothing travels in clear`,
  });
}

function transportError(error: AxiosError, request: HttpRequest): LedgerError {
  const host = new URL(request.url).hostname;
  const write = request.method !== 'GET' && request.safe !== true;
  const code = error.code ?? 'UNKNOWN';
  const facts = { host, method: request.method, reason: code };
  if (NEVER_LEFT.has(code)) {
    return new LedgerError({
      code: 'http-unreachable',
      class: 'transient',
      message: `${host} cannot be reached (${code})`,
      details: facts,
    });
  }
  const aborted = request.signal?.aborted === true;
  return new LedgerError({
    code: aborted ? 'http-aborted' : 'http-no-answer',
    class: write ? 'ambiguous' : 'transient',
    message: aborted ? `The call to ${host} was given up` : `${host} gave no answer (${code})`,
    details: facts,
  });
}

function plainHeaders(headers: Record<string, unknown>): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || value === null) continue;
    plain[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : `${value as string | number}`;
  }
  return plain;
}
