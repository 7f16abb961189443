/** Small things that every service of the simulator needs to read and write the wire. */

export interface Call {
  method: string;
  /** Path below `/public-api/{account}`, for example `/order-service/order/1-5`. */
  path: string;
  query: URLSearchParams;
  /** The parsed body; `undefined` where there was none or none that is JSON. */
  body: unknown;
  /** The staff member that the call acts for. */
  actor: number;
}

export interface Answer {
  status: number;
  /** The whole body, envelope included. */
  body: unknown;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  pattern: RegExp;
  handle(call: Call, parts: readonly string[]): Answer;
}

/** The envelope of a success: `{ "response": … }` (help 212644943 [D]). */
export function ok(response: unknown, status = 200): Answer {
  return { status, body: { response } };
}

/** The empty answer that close, release, correction and status update give [D]. */
export function done(): Answer {
  return { status: 200, body: {} };
}

/**
 * JSON with what JavaScript cannot keep: a Map is written in its own order, so that rows keyed by number can come in
 * another order each time. Undefined properties are left out, as Brightpearl leaves out what is not set.
 */
export function toJson(value: unknown): string {
  if (value instanceof Map) {
    const entries = [...(value as Map<string | number, unknown>)];
    return `{${entries.map(([key, item]) => `${JSON.stringify(String(key))}:${toJson(item)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map((item) => toJson(item ?? null)).join(',')}]`;
  if (isRecord(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

/** A time as Brightpearl writes it, for example `2023-10-09T17:54:59.000+00:00`. */
export function wireTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+00:00');
}

/** Reads an ISO 8601 date or time; null where it is none. */
export function readTime(value: unknown): number | null {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:?\d{2})?)?$/.test(value))
    return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}

/** Reads a number, or a text that is one, into a whole number of its smallest unit; null where it has more decimals. */
export function readDecimal(value: unknown, places: number): number | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const text = typeof value === 'number' ? plain(value) : value.trim();
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return null;
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > places) return null;
  const units = Number(`${match[2] ?? ''}${fraction.padEnd(places, '0')}`);
  if (!Number.isSafeInteger(units)) return null;
  return match[1] === '-' && units !== 0 ? -units : units;
}

/** Hundredths as text, with as many decimals as the field has: 2 in totals, 4 in rows. */
export function money(hundredths: number, places = 2): string {
  const whole = Math.trunc(Math.abs(hundredths) / 100);
  const rest = String(Math.abs(hundredths) % 100).padStart(2, '0');
  return `${hundredths < 0 ? '-' : ''}${whole}.${rest.padEnd(places, '0')}`;
}

/** Reads a positive whole id, from a number or a text. */
export function readId(value: unknown): number | null {
  const id = readDecimal(value, 0);
  return id !== null && id > 0 ? id : null;
}

function plain(value: number): string {
  return Number.isFinite(value) && Math.abs(value) < 1e15
    ? String(Math.round(value * 1e8) / 1e8)
    : 'no number';
}
