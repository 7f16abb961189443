/** What a request over OData names: read from its address and body, without the connector's or a simulator's code. */

export interface SentRequest {
  method: string;
  /** The whole address. */
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** The system options of an address, decoded. */
export function optionsOf(query: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const part of query.split('&').filter(Boolean)) {
    const at = part.indexOf('=');
    const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
    options.set(decodeURIComponent(name), decodeURIComponent(value));
  }
  return options;
}

const FILTER_WORDS = new Set(
  'eq ne gt ge lt le and or not add sub mul divby div mod null true false contains startswith endswith'.split(
    ' ',
  ),
);

/** The fields that a filter compares, and the enum literals in it, as `Type.Member`. */
export function namesInFilter(filter: string): { fields: string[]; enums: string[] } {
  const enums: string[] = [];
  const bare = filter
    .replace(/Microsoft\.Dynamics\.DataEntities\.(\w+)'(\w+)'/g, (_, type: string, member: string) => {
      enums.push(`${type}.${member}`);
      return ' ';
    })
    .replace(/'(?:[^']|'')*'/g, ' ')
    .replace(/\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?/g, ' ')
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, ' ');
  const fields = [...bare.matchAll(/[A-Za-z_][\w/]*/g)].map(([word]) => word);
  return { fields: [...new Set(fields.filter((word) => !FILTER_WORDS.has(word)))], enums };
}

/** Fields of `$select` or `$orderby`. */
export function namesInList(list: string): string[] {
  return list
    .split(',')
    .map((one) => one.trim().split(' ')[0] ?? '')
    .filter(Boolean);
}

/** Fields that a key path names; none where it holds one value alone. */
export function namesInKey(key: string): string[] {
  return [...key.matchAll(/(?:^|,)(\w+)=(?:'(?:[^']|'')*'|[^,]*)/g)].map(([, name = '']) => name);
}

/** Navigation of `$expand`, each with the options in its brackets. */
export function expansions(expand: string): { name: string; options: Map<string, string> }[] {
  const found: { name: string; options: Map<string, string> }[] = [];
  for (const [, name = '', inner = ''] of expand.matchAll(/(\w+)(?:\(([^()]*)\))?(?:,|$)/g)) {
    found.push({ name, options: optionsOf(inner.replaceAll(';', '&')) });
  }
  return found;
}

/** The requests inside a multipart batch, or the request itself. */
export function requestsIn(request: SentRequest): SentRequest[] {
  if (!/\/\$batch(?:\?|$)/.test(request.url)) return [request];
  const inner: SentRequest[] = [];
  // Each part has its request line, its headers, an empty line and its body up to the next boundary.
  const parts = request.body.split(/\r\n(?=(?:GET|POST|PATCH|PUT|DELETE) \S+ HTTP\/1\.1\r\n)/).slice(1);
  for (const part of parts) {
    const [, method = '', url = ''] = /^(\S+) (\S+) HTTP/.exec(part) ?? [];
    const end = part.indexOf('\r\n\r\n');
    const body = part.slice(end + 4).split(/\r\n--/)[0] ?? '';
    const headers = Object.fromEntries(
      part
        .slice(0, end)
        .split('\r\n')
        .slice(1)
        .map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 1).trim(),
        ]),
    );
    inner.push({ method, url, headers, body: body.trim() });
  }
  return inner;
}
