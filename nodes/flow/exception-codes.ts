import { CATALOGUE, OWNERS } from '../returns/exception-catalogue';
import { EXCEPTION_CLASSES } from '../returns/ownership';

/** What the dialog of the Exception Router needs to know of the catalogue. */
export interface ExceptionCodes {
  owners: readonly string[];
  classes: readonly string[];
  /** In the order of their titles. */
  codes: readonly { code: string; title: string; class: string; owner: string }[];
}

export function exceptionCodes(): ExceptionCodes {
  const codes = Object.entries(CATALOGUE).map(([code, entry]) => ({
    code,
    title: titleOf(code),
    class: entry.class,
    owner: entry.owner,
  }));
  codes.sort((a, b) => a.title.localeCompare(b.title, 'en'));
  return { owners: OWNERS, classes: EXCEPTION_CLASSES, codes };
}

/** What a code is called in a list; a code that the catalogue does not know, or gives no title, stands for itself. */
export function titleOf(code: string): string {
  const entry: object | undefined = Object.hasOwn(CATALOGUE, code)
    ? CATALOGUE[code as keyof typeof CATALOGUE]
    : undefined;
  const title = entry && 'title' in entry ? entry.title : undefined;
  if (typeof title === 'string') return title;
  const words = code
    .replace(/-/g, ' ')
    .replace(/\bsku\b/g, 'SKU')
    .replace(/\berp\b/g, 'ERP');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
