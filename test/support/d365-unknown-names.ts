import { REFERENCE_ENUMS, REFERENCE_SETS, SERVICE_NAMES, SETTINGS } from './d365-reference-names';
import {
  expansions,
  namesInFilter,
  namesInKey,
  namesInList,
  optionsOf,
  requestsIn,
  type SentRequest,
} from './odata-words';

/** What the custom service takes all of its fields in (A7). */
const PARAMETER = '_request';

/**
 * Names in a request to Finance & SCM that neither the reference nor the settings know, as `Set`, `Set.Field`,
 * `Set/Navigation`, `Enum.Member` or `operation(Field)`. A batch is taken apart.
 */
export function unknownNames(request: SentRequest): string[] {
  const found = requestsIn(request).flatMap((one) => {
    const { pathname, search } = new URL(one.url);
    if (pathname.startsWith('/data/')) return inOData(one, pathname.slice('/data/'.length), search.slice(1));
    return pathname.startsWith('/api/services/') ? inService(one, pathname) : [];
  });
  return [...new Set(found)];
}

/** Whether the reference or the settings know a field of a set. */
export function isKnown(set: string, field: string): boolean {
  const known = REFERENCE_SETS[set];
  return (
    known !== undefined &&
    (known.keys.includes(field) || known.fields.includes(field) || `${set}.${field}` in SETTINGS)
  );
}

function inOData(request: SentRequest, path: string, query: string): string[] {
  if (path === '$metadata') return [];
  const [, set = '', key = ''] = /^([^(]+)(?:\((.*)\))?$/.exec(decodeURIComponent(path)) ?? [];
  if (!(set in REFERENCE_SETS)) return [set];
  const options = optionsOf(query);
  const sent = request.body === '' ? [] : Object.keys(JSON.parse(request.body) as object);
  return [...unknownFields(set, [...namesInKey(key), ...sent]), ...inOptions(set, options)];
}

function inOptions(set: string, options: ReadonlyMap<string, string>): string[] {
  const { fields, enums } = namesInFilter(options.get('$filter') ?? '');
  const listed = ['$select', '$orderby'].flatMap((name) => namesInList(options.get(name) ?? ''));
  const strange = [...options.keys()].filter((name) => !OPTIONS.includes(name));
  const further = expansions(options.get('$expand') ?? '').flatMap(({ name, options: inner }) => {
    const to = REFERENCE_SETS[set]?.navigation[name];
    return to === undefined ? [`${set}/${name}`] : inOptions(to, inner);
  });
  return [...strange, ...unknownFields(set, [...fields, ...listed]), ...unknownEnums(enums), ...further];
}

/** Options that the product takes (A2). */
const OPTIONS: readonly string[] = [
  'cross-company',
  '$filter',
  '$count',
  '$orderby',
  '$skip',
  '$top',
  '$select',
  '$expand',
];

function unknownFields(set: string, fields: readonly string[]): string[] {
  return fields.filter((field) => !isKnown(set, field)).map((field) => `${set}.${field}`);
}

function unknownEnums(literals: readonly string[]): string[] {
  return literals.filter((literal) => {
    const [type = '', member = ''] = literal.split('.');
    return !(REFERENCE_ENUMS[type]?.includes(member) ?? false);
  });
}

function inService(request: SentRequest, pathname: string): string[] {
  const operation = pathname.split('/').at(-1) ?? '';
  const known = SERVICE_NAMES[operation];
  if (!known) return [`${operation}()`];
  const contract = JSON.parse(request.body) as Record<string, object | undefined>;
  const fields = Object.keys(contract[PARAMETER] ?? {});
  return fields.filter((field) => !known.includes(field)).map((field) => `${operation}(${field})`);
}
