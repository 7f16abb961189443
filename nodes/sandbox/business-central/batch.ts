import type { Answer } from './operation';
import { refuse } from './refusal';

/** One request inside a batch (B2). */
export interface BatchItem {
  id: string | null;
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body: unknown;
}

/** Reads the body of a JSON batch. */
export function readBatch(contentType: string | undefined, body: unknown, limit: number): BatchItem[] {
  if (!/^application\/json\b/i.test(contentType ?? '')) refuse('batchContentType');
  const requests: unknown = isRecord(body) ? body['requests'] : undefined;
  if (!Array.isArray(requests)) return refuse('bodyInvalid');
  if (requests.length > limit) refuse('batchTooLarge', { limit });
  return requests.map((sent: unknown): BatchItem => {
    if (!isRecord(sent) || typeof sent['method'] !== 'string' || typeof sent['url'] !== 'string') {
      return refuse('bodyInvalid');
    }
    const headers = isRecord(sent['headers']) ? sent['headers'] : {};
    return {
      id: typeof sent['id'] === 'string' ? sent['id'] : null,
      method: sent['method'].toUpperCase(),
      url: sent['url'],
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
      ),
      body: sent['body'],
    };
  });
}

const JSON_HEADERS = { 'content-type': 'application/json; odata.metadata=minimal', 'odata-version': '4.0' };

/** Writes the answers; the outer status is 200 whatever they say. */
export function batchBody(items: readonly BatchItem[], answers: readonly Answer[]): unknown {
  return {
    responses: answers.map((answer, index) => ({
      id: items[index]?.id ?? null,
      status: answer.status,
      headers: answer.body === undefined ? {} : JSON_HEADERS,
      ...(answer.body === undefined ? {} : { body: answer.body }),
    })),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
