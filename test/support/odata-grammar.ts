import { odataUri } from 'odata-v4-parser';
import type { SentRequest } from './odata-words';

/**
 * What somebody else's code makes of our requests: the addresses are parsed by `odata-v4-parser` (a parser of the OData 4.0
 * grammar), batches by `@mjackson/multipart-parser` (MIME). Neither is ours, and neither knows Dynamics 365.
 */

/** The one option of the product's own (A2). The grammar allows a hyphen in it; the parser does not. */
const CROSS_COMPANY = 'cross-company=true';

/** A piece of a parsed address. */
interface Token {
  type: string;
  raw: string;
  value: unknown;
}

/** The literals of an address, decoded, in order. Throws where the grammar refuses it. */
export function literalsIn(path: string): string[] {
  return tokensOf(odataUri(withoutOwnOption(path)) as Token)
    .filter(({ type }) => type === 'Literal')
    .map(({ raw }) => decodeURIComponent(raw));
}

/** The fields of a key path with their values, decoded, in order. Throws where the grammar refuses it. */
export function keyIn(path: string): [string, string][] {
  return tokensOf(odataUri(withoutOwnOption(path)) as Token)
    .filter(({ type }) => type === 'KeyValuePair')
    .map(({ raw }): [string, string] => {
      const at = raw.indexOf('=');
      return [raw.slice(0, at), decodeURIComponent(raw.slice(at + 1))];
    });
}

/** Why the grammar refuses an address below the service's root; null where it takes it. */
export function refusedByGrammar(path: string): string | null {
  try {
    odataUri(withoutOwnOption(path));
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function withoutOwnOption(path: string): string {
  const [address = '', query] = path.split('?');
  const options = (query ?? '').split('&').filter((option) => option !== '' && option !== CROSS_COMPANY);
  return `${address.startsWith('/') ? address : `/${address}`}${options.length > 0 ? `?${options.join('&')}` : ''}`;
}

function tokensOf(token: Token): Token[] {
  const inner = (value: unknown): Token[] => {
    if (typeof value !== 'object' || value === null) return [];
    if (isToken(value)) return tokensOf(value);
    return Object.values(value).flatMap(inner);
  };
  return [token, ...inner(token.value)];
}

function isToken(value: object): value is Token {
  return 'type' in value && 'raw' in value && typeof value.raw === 'string';
}

/** One part of a batch: a read of its own, or the members of a changeset. */
export type BatchPart = SentRequest[];

/** Takes a multipart batch apart. Throws where it is not one, is cut off, or holds something that is no HTTP request. */
export async function batchParts(contentType: string, body: string): Promise<BatchPart[]> {
  const parts: BatchPart[] = [];
  for (const { type, text } of await mimeParts(contentType, body)) {
    if (/^application\/http/i.test(type)) parts.push([httpRequest(text)]);
    else parts.push((await mimeParts(type, text)).map((member) => httpRequest(member.text)));
  }
  return parts;
}

async function mimeParts(contentType: string, body: string): Promise<{ type: string; text: string }[]> {
  const boundary = /^multipart\/mixed;\s*boundary=([^\s;"]{1,70})$/i.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error(`no batch: ${contentType}`);
  const { parseMultipart } = await import('@mjackson/multipart-parser');
  const parts: { type: string; text: string }[] = [];
  for (const part of parseMultipart(new TextEncoder().encode(body), { boundary })) {
    parts.push({ type: String(part.headers.get('content-type')), text: part.text });
  }
  return parts;
}

/** A request as RFC 9112 has it: a request line, headers, an empty line, a body. */
function httpRequest(text: string): SentRequest {
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...fields] = text.slice(0, end).split('\r\n');
  const [, method = '', url = ''] = /^([A-Z]+) (\S+) HTTP\/1\.1$/.exec(line) ?? [];
  if (end < 0 || method === '') throw new Error(`no HTTP request: ${JSON.stringify(text.slice(0, 60))}`);
  const headers = new Headers(
    fields.map((field): [string, string] => {
      const at = field.indexOf(':');
      return [field.slice(0, at), field.slice(at + 1)];
    }),
  );
  return { method, url, headers: Object.fromEntries(headers), body: text.slice(end + 4).trim() };
}
