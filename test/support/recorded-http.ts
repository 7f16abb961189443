import type { HttpSend } from '../../nodes/runtime/http';
import type { SentRequest } from './odata-words';

/** An HTTP that also keeps what was sent through it. */
export function recorded(send: HttpSend): { http: HttpSend; sent: SentRequest[] } {
  const sent: SentRequest[] = [];
  const http: HttpSend = (request) => {
    const { method, url, headers = {}, body = '' } = request;
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    sent.push({
      method,
      url,
      headers: Object.fromEntries(lower) as Record<string, string>,
      body: String(body),
    });
    return send(request);
  };
  return { http, sent };
}
