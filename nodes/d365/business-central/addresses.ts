import { LedgerError } from '../../returns/failure';
import { quoted } from '../fscm/odata';
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
