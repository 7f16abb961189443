import type { LedgerError } from '../../returns/failure';
import type { Clock } from '../../returns/time';
import type { D365Row } from '../fscm/rows';
import { bcError } from './errors';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Operations of one `$batch` (`reference/dynamics365.md` B3). */
export const MOST_OPERATIONS = 100;

/** One request inside a batch (B2). */
export interface BatchRequest {
  method: Method;
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: D365Row;
}

/** One answer of a batch. */
export interface BatchAnswer {
  status: number;
  body: D365Row;
}

/** The answers of a batch in the order of its requests; null for one that is not there. */
export function answersOf(responses: unknown, expected: number): (BatchAnswer | null)[] {
  const parts = new Map(
    (Array.isArray(responses) ? (responses as D365Row[]) : []).map((part) => [String(part['id']), part]),
  );
  return Array.from({ length: expected }, (_, at) => {
    const part = parts.get(String(at));
    return part ? { status: Number(part['status']), body: (part['body'] ?? {}) as D365Row } : null;
  });
}

/** What was refused of a batch. */
export function refusalOf({ status, body }: BatchAnswer, write: boolean, clock: Clock): LedgerError {
  return bcError({ status, headers: {}, text: JSON.stringify(body) }, write, clock);
}
