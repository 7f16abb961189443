import { LedgerError } from '../returns/failure';

const MAX_DEPTH = 32;

/**
 * Parses a body that came from outside: UTF-8 without a flaw, at most 32 levels deep, without keys that reach for an
 * object's prototype. Half a character, which only an escape can bring, becomes the replacement character: it could not
 * be sent on or stored. Throws `body-not-json` (data-invalid) with the reason.
 */
export function parseJsonBody(raw: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw notJson('it is not UTF-8 text');
  }
  if (depthOf(text) > MAX_DEPTH) throw notJson(`it is nested more than ${MAX_DEPTH} levels deep`);
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (key === '__proto__') return undefined;
      return typeof value === 'string' ? value.toWellFormed() : value;
    });
  } catch {
    throw notJson(text.trim() === '' ? 'it is empty' : 'it is not valid JSON');
  }
}

/** The deepest nesting of brackets outside strings; a single pass, so that it cannot be made slow. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === 0x5c) at += 1;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
  return deepest;
}

function notJson(reason: string): LedgerError {
  return new LedgerError({
    code: 'body-not-json',
    class: 'data-invalid',
    message: `The body cannot be read: ${reason}`,
  });
}
