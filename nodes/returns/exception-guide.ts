/** Where the operator's guide has the page of an exception: a place in the pack's own documentation. */
export const GUIDE = 'docs/exceptions.md';

/** The page of one code. */
export function guideTo(code: string): string {
  return `${GUIDE}#${code}`;
}
