import { LedgerError } from '../returns/failure';
import type { BrightpearlAnswer } from './errors';

/** As many writes as one multi-message may hold (help 211125066). */
export const MOST_MESSAGES = 10;

/**
 * Several writes in one request: in any order, and one that is refused does not stop the others. Each part is created
 * whole or not at all, as on its own.
 */
export function writeMultiMessage(
  writes: readonly { method: string; path: string; body: unknown }[],
): Record<string, unknown> {
  return {
    processingMode: 'PARALLEL',
    onFail: 'CONTINUE',
    messages: writes.map(({ method, path, body }, index) => ({
      label: `part-${index}`,
      uri: path,
      httpMethod: method,
      body,
    })),
  };
}

/**
 * The answers to the parts, in the order of the request; null for a part that was not processed.
 * Throws `brightpearl-answer` (ambiguous) where it cannot be read: the parts may have been done.
 */
export function readMultiMessage(text: string, count: number): (BrightpearlAnswer | null)[] {
  const processed = new Map<string, BrightpearlAnswer>();
  try {
    const { response } = JSON.parse(text) as {
      response: { processedMessages: { label: string; statusCode: number; body?: unknown }[] };
    };
    for (const { label, statusCode, body } of response.processedMessages) {
      processed.set(label, { status: statusCode, headers: {}, text: contentOf(body) });
    }
  } catch {
    throw new LedgerError({
      code: 'brightpearl-answer',
      class: 'ambiguous',
      message: 'Brightpearl answered several writes in a form that cannot be read',
    });
  }
  return Array.from({ length: count }, (_, index) => processed.get(`part-${index}`) ?? null);
}

/** The body of a part is a text in `content`; an object is taken as well. */
function contentOf(body: unknown): string {
  const content = typeof body === 'object' && body !== null && 'content' in body ? body.content : body;
  return typeof content === 'string' ? content : JSON.stringify(content ?? {});
}
