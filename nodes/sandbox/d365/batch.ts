import { randomUUID } from 'node:crypto';
import { QueryFault } from './odata-filter';

export interface BatchOperation {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  contentId: string | null;
}

/** A GET on its own, or a changeset: all of it or nothing (A2). */
export type BatchPart =
  { kind: 'single'; operation: BatchOperation } | { kind: 'changeset'; operations: BatchOperation[] };

export interface PartAnswer {
  status: number;
  headers?: Record<string, string>;
  body: string;
  contentId: string | null;
}

/** Reads a multipart/mixed batch. */
export function parseBatch(contentType: string, body: string): BatchPart[] {
  return splitParts(body, boundaryOf(contentType)).map((part): BatchPart => {
    const { headers, rest } = splitHead(part);
    const type = headers['content-type'] ?? '';
    if (!/^multipart\/mixed/i.test(type)) return { kind: 'single', operation: parseOperation(rest, headers) };
    const operations = splitParts(rest, boundaryOf(type)).map((inner) => {
      const split = splitHead(inner);
      return parseOperation(split.rest, split.headers);
    });
    return { kind: 'changeset', operations };
  });
}

function parseOperation(text: string, partHeaders: Record<string, string>): BatchOperation {
  const { headers, rest, first } = splitHead(text, true);
  const match = /^([A-Z]+) (\S+) HTTP\/1\.1$/.exec(first);
  if (!match) throw new QueryFault('A batch part does not begin with a request line.');
  return {
    method: match[1] ?? '',
    url: match[2] ?? '',
    headers,
    body: rest.trim(),
    contentId: partHeaders['content-id'] ?? headers['content-id'] ?? null,
  };
}

/** Writes the answer: the outer status is 200 whatever the parts say. */
export function batchAnswer(parts: readonly (PartAnswer | PartAnswer[])[]): {
  contentType: string;
  body: string;
} {
  const boundary = `batchresponse_${randomUUID()}`;
  const texts = parts.map((part) => {
    if (!Array.isArray(part)) return `--${boundary}\r\n${operationText(part)}`;
    const inner = `changesetresponse_${randomUUID()}`;
    const members = part.map((member) => `--${inner}\r\n${operationText(member)}`).join('');
    return `--${boundary}\r\nContent-Type: multipart/mixed; boundary=${inner}\r\n\r\n${members}--${inner}--\r\n`;
  });
  return {
    contentType: `multipart/mixed; boundary=${boundary}`,
    body: `${texts.join('')}--${boundary}--\r\n`,
  };
}

function operationText(answer: PartAnswer): string {
  const id = answer.contentId === null ? '' : `Content-ID: ${answer.contentId}\r\n`;
  return (
    `Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n${id}\r\n` +
    `HTTP/1.1 ${answer.status} ${answer.status < 300 ? 'OK' : 'Error'}\r\n` +
    `Content-Type: application/json; odata.metadata=minimal\r\nOData-Version: 4.0\r\n${headersText(answer.headers)}\r\n` +
    `${answer.body}\r\n`
  );
}

function headersText(headers: Record<string, string> = {}): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

function boundaryOf(contentType: string): string {
  const match = /boundary="?([^";]+)"?/i.exec(contentType);
  if (!match?.[1]) throw new QueryFault('The batch has no boundary.');
  return match[1];
}

function splitParts(body: string, boundary: string): string[] {
  const pieces = body.split(`--${boundary}`);
  if (!pieces.at(-1)?.trimStart().startsWith('--') && pieces.at(-1)?.trim() !== '--') {
    throw new QueryFault('The batch is not complete.');
  }
  return pieces.slice(1, -1).map((piece) => piece.replace(/^\r?\n/, ''));
}

function splitHead(
  text: string,
  withFirstLine = false,
): { headers: Record<string, string>; rest: string; first: string } {
  const end = /\r?\n\r?\n/.exec(text);
  const head = end ? text.slice(0, end.index) : text.trimEnd();
  const rest = end ? text.slice(end.index + end[0].length) : '';
  const lines = head.split(/\r?\n/);
  const first = withFirstLine ? (lines.shift() ?? '') : '';
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, rest, first };
}
