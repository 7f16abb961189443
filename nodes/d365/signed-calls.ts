import type { ConnectionGate } from '../runtime/connection-gate';
import type { HttpRequest, HttpResponse, HttpSend } from '../runtime/http';
import type { TokenSource } from './token';

export interface SignedCall {
  method: HttpRequest['method'];
  url: string;
  headers?: Record<string, string>;
  body?: string | undefined;
  /** Whether it only reads or prepares, so that a failure leaves nothing open. */
  safe?: boolean;
}

interface SigningParts {
  tokens: TokenSource;
  http: HttpSend;
  gate: ConnectionGate;
  timeoutSeconds: number;
  /** Sent with every call. */
  headers: Record<string, string>;
  /** How long a server that answered 429 is to be left alone, in milliseconds. */
  pauseAfter: (answer: HttpResponse) => number;
}

/** Calls with a token, through the one gate of a connection. What the server answers is the caller's to judge. */
export class SignedCalls {
  /** HTTP calls made so far, a batch counting once: for figures. */
  made = 0;

  constructor(private readonly parts: SigningParts) {}

  /** One call; a token that was refused is renewed once. */
  call(wanted: SignedCall, signal?: AbortSignal): Promise<HttpResponse> {
    const { tokens, gate } = this.parts;
    const send = async (): Promise<HttpResponse> => {
      const token = await tokens.token({ signal });
      const first = await this.send(wanted, token, signal);
      if (first.status !== 401) return first;
      const renewed = await tokens.token({ renew: token, signal });
      return this.send(wanted, renewed, signal);
    };
    return gate.pass(send, isOutage, signal);
  }

  private async send(wanted: SignedCall, token: string, signal?: AbortSignal): Promise<HttpResponse> {
    const { http, gate, timeoutSeconds, headers, pauseAfter } = this.parts;
    const { method, url, body, safe = false } = wanted;
    this.made += 1;
    const answer = await http({
      method,
      url,
      headers: { ...headers, authorization: `Bearer ${token}`, ...wanted.headers },
      ...(body === undefined ? {} : { body }),
      timeoutMs: timeoutSeconds * 1000,
      signal,
      safe,
    });
    if (answer.status === 429) gate.pause(pauseAfter(answer));
    return answer;
  }
}

/** Nobody is there: a gateway says so, or the service itself. */
function isOutage({ status }: HttpResponse): boolean {
  return status === 502 || status === 503 || status === 504;
}
