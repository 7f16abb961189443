import { isUtf8 } from 'node:buffer';
import { LedgerError } from '../returns/failure';

const MAX_DEPTH = 32;

/**
 * Parses a body that came from outside: UTF-8 without a flaw, at most 32 levels deep, without keys that reach for an
 * object's prototype. Half a character, which only an escape can bring, becomes the replacement character: it could not
 * be sent on or stored. Throws `body-not-json` (data-invalid) with the reason.
 */
export function parseJsonBody(raw: Buffer): unknown {
  if (!isUtf8(raw)) throw notJson('it is not UTF-8 text');
  const text = withoutMark(raw.toString('utf8'));
  const body = parse(text);
  if (isDeeper(body, MAX_DEPTH)) throw notJson(`it is nested more than ${MAX_DEPTH} levels deep`);
  // Looking at each value costs several times the parsing, so it is done only where such a one may be.
  return MAY_DO_HARM.test(text) ? parse(text, harmless) : body;
}

/** The key as it is, or any character written as an escape: one of the key, or half a character. */
const MAY_DO_HARM = /__proto__|\\u/;

function parse(text: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch {
    throw notJson(text.trim() === '' ? 'it is empty' : 'it is not valid JSON');
  }
}

function harmless(key: string, value: unknown): unknown {
  if (key === '__proto__') return undefined;
  return typeof value === 'string' ? value.toWellFormed() : value;
}

/** A byte order mark is no part of the text. */
function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Whether a value holds more levels of objects and lists than that; it looks no deeper. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((entry) => isDeeper(entry, levels - 1));
  for (const key of Object.keys(value)) {
    if (isDeeper((value as Record<string, unknown>)[key], levels - 1)) return true;
  }
  return false;
}

function notJson(reason: string): LedgerError {
  return new LedgerError({
    code: 'body-not-json',
    class: 'data-invalid',
    message: `The body cannot be read: ${reason}`,
  });
}
