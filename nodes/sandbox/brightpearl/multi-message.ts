import { Refusal, refuse } from './refusal';
import { isRecord, toJson, type Answer, type Call } from './wire';

const MOST = 10;
const METHODS = new Set(['POST', 'PUT', 'DELETE']);

interface Message {
  label: string;
  uri: string;
  httpMethod: string;
  body: unknown;
}

/**
 * Up to ten writes in one request (help 211125066 "Multi-message" [D]); the answer's shape is that of a captured one:
 * what was done with status and body, and the labels of what was not. 207 where not everything succeeded.
 */
export function runMultiMessage(
  call: Call,
  perform: (call: Call) => Answer,
  shuffle: <T>(messages: readonly T[]) => T[],
): Answer {
  const body = isRecord(call.body) ? call.body : refuse('bodyMissing');
  const sequential = choice(body, 'processingMode', ['SEQUENTIAL', 'PARALLEL']) === 'SEQUENTIAL';
  const stop = choice(body, 'onFail', ['STOP', 'CONTINUE']) === 'STOP';
  const messages = readMessages(body['messages']);
  const processed: Record<string, unknown>[] = [];
  let failed = false;
  // Parallel work is done in any order.
  for (const message of sequential ? messages : shuffle(messages)) {
    if (failed && stop) break;
    const answer = perform({
      method: message.httpMethod,
      path: message.uri,
      query: new URLSearchParams(),
      body: message.body,
      actor: call.actor,
    });
    failed ||= answer.status >= 300;
    processed.push({
      label: message.label,
      statusCode: answer.status,
      body: { content: toJson(answer.body) },
    });
  }
  const labels = new Set(processed.map(({ label }) => label));
  const unprocessedMessages = messages.map(({ label }) => label).filter((label) => !labels.has(label));
  return {
    status: failed ? 207 : 200,
    body: { response: { processedMessages: processed, unprocessedMessages } },
  };
}

/** How many writes a multi-message holds; for a throttle that counts each. */
export function messageCount(body: unknown): number {
  const messages = isRecord(body) ? body['messages'] : undefined;
  return Array.isArray(messages) ? Math.max(1, messages.length) : 1;
}

function choice(body: Record<string, unknown>, field: string, words: readonly string[]): string {
  const value = body[field];
  if (typeof value === 'string' && words.includes(value)) return value;
  return refuse('fieldInvalid', { field, value: JSON.stringify(value ?? null), why: words.join(' or ') });
}

function readMessages(given: unknown): Message[] {
  if (!Array.isArray(given) || given.length === 0) return refuse('fieldRequired', { field: 'messages' });
  if (given.length > MOST) {
    return refuse('fieldInvalid', {
      field: 'messages',
      value: given.length,
      why: `at most ${MOST} messages`,
    });
  }
  const messages = given.map((entry: unknown, index): Message => {
    const message = isRecord(entry) ? entry : {};
    const { label, uri, httpMethod } = message;
    const field = `messages[${index}]`;
    if (typeof label !== 'string' || typeof uri !== 'string' || typeof httpMethod !== 'string') {
      return refuse('fieldRequired', { field });
    }
    if (!METHODS.has(httpMethod)) {
      return refuse('fieldInvalid', {
        field: `${field}.httpMethod`,
        value: httpMethod,
        why: 'POST, PUT or DELETE',
      });
    }
    return { label, uri, httpMethod, body: message['body'] };
  });
  if (new Set(messages.map(({ label }) => label)).size < messages.length) {
    throw new Refusal([
      { key: 'fieldInvalid', values: { field: 'messages', value: '', why: 'labels must be unique' } },
    ]);
  }
  return messages;
}
