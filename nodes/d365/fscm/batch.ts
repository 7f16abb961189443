import { randomUUID } from 'node:crypto';
import { LedgerError } from '../../returns/failure';

export interface BatchRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/data/`. */
  path: string;
  body?: unknown;
}

export interface BatchAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/**
 * What the product takes in one batch at most (A3). A batch that is larger is refused as a whole.
 */
export const MOST_OPERATIONS = 5000;

/**
 * Writes a multipart/mixed batch. Reads stand on their own; the writes of one group go together into one changeset, which
 * the ERP carries out whole or not at all (A2). A group holds either reads or writes.
 */
export function writeBatch(
  groups: readonly (readonly BatchRequest[])[],
  root: string,
): { contentType: string; body: string } {
  const boundary = `batch_${randomUUID()}`;
  let contentId = 0;
  const parts = groups.map((group) => {
    if (group.every(({ method }) => method === 'GET')) {
      return group.map((request) => `--${boundary}\r\n${operation(request, root, null)}`).join('');
    }
    const changeset = `changeset_${randomUUID()}`;
    const members = group.map((request) => {
      contentId += 1;
      return `--${changeset}\r\n${operation(request, root, contentId)}`;
    });
    return `--${boundary}\r\nContent-Type: multipart/mixed; boundary=${changeset}\r\n\r\n${members.join('')}--${changeset}--\r\n`;
  });
  return {
    contentType: `multipart/mixed; boundary=${boundary}`,
    body: `${parts.join('')}--${boundary}--\r\n`,
  };
}

function operation(request: BatchRequest, root: string, contentId: number | null): string {
  const id = contentId === null ? '' : `Content-ID: ${contentId}\r\n`;
  const body = request.body === undefined ? '' : JSON.stringify(request.body);
  const type = request.body === undefined ? '' : 'Content-Type: application/json; charset=utf-8\r\n';
  return (
    `Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n${id}\r\n` +
    `${request.method} ${root}/data/${request.path} HTTP/1.1\r\nAccept: application/json;odata.metadata=minimal\r\n` +
    `${type}\r\n${body}\r\n`
  );
}

/**
 * Reads the answers of a batch in the order of its parts: one for a read, one for each write of a changeset. A changeset
 * that failed answers with one part for all of its members (A2). Throws `batch-unreadable` (ambiguous), since what was
 * written is not known then.
 */
export function readBatch(contentType: string, body: string): BatchAnswer[][] {
  return splitParts(contentType, body).map((part) => {
    const { headers, rest } = splitHead(part);
    const type = headers['content-type'] ?? '';
    if (/^multipart\/mixed/i.test(type))
      return splitParts(type, rest).map((inner) => readAnswer(splitHead(inner).rest));
    return [readAnswer(rest)];
  });
}

function readAnswer(text: string): BatchAnswer {
  const match = /^\s*HTTP\/\d(?:\.\d)? (\d{3})[^\r\n]*\r?\n/.exec(text);
  if (!match) throw unreadable('a part has no status line');
  const { headers, rest } = splitHead(text.slice(match[0].length));
  return { status: Number(match[1]), headers, text: rest.trim() };
}

function splitParts(contentType: string, body: string): string[] {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) throw unreadable('it has no boundary');
  const lines = `\r\n${body}`.split(`\n--${boundary}`);
  if (lines.length < 2 || !lines.at(-1)?.startsWith('--')) throw unreadable('it is not complete');
  return lines.slice(1, -1).map((part) => part.replace(/^[ \t]*\r?\n/, '').replace(/\r$/, ''));
}

function splitHead(text: string): { headers: Record<string, string>; rest: string } {
  // A part may have no header at all: then it begins with the empty line.
  const end = /(^|\r?\n)\r?\n/.exec(text);
  const head = end ? text.slice(0, end.index) : text;
  const headers: Record<string, string> = {};
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, rest: end ? text.slice(end.index + end[0].length) : '' };
}

function unreadable(why: string): LedgerError {
  return new LedgerError({
    code: 'batch-unreadable',
    class: 'ambiguous',
    message: `The answer of D365 to a batch cannot be read: ${why}`,
  });
}
