import { LedgerError } from '../../returns/failure';
import { quoted } from '../fscm/odata';
import type { D365Row } from '../fscm/rows';
import { odataRoot } from './settings';

/** A path below the company of API v2.0, a page that is published as a web service, or an action of a published codeunit. */
export type BcPath = string | { page: string } | { action: string };

export interface Company {
  id: string;
  name: string;
}

/** Where a page or an action is (`reference/dynamics365.md` B1, B5): pages by the company's name, actions with it as an option. */
export function publishedAddress(
  path: Exclude<BcPath, string>,
  environmentUrl: string,
  environment: string,
  { id, name }: Company,
): string {
  const root = odataRoot(environmentUrl, environment);
  if ('action' in path) return `${root}/${path.action}?company=${id}`;
  return `${root}/Company(${encodeURIComponent(quoted(name))})/${path.page}`;
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

/** A next page is followed on the same host only: an answer must not be able to send our token elsewhere. */
export function nextPage(link: unknown, current: string, root: string): string | undefined {
  if (typeof link !== 'string' || link === '') return undefined;
  const next = new URL(link, current);
  if (next.origin === new URL(root).origin) return next.href;
  throw new LedgerError({
    code: 'd365-foreign-link',
    class: 'config',
    message: 'Business Central named a next page on another host',
  });
}
