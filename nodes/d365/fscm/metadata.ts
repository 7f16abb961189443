import { NAMES, NAMES_OF, type NamesOf } from './names';

/**
 * What the environment lacks of the names that are sent or read, as `Set` or `Set.Field`. Customers and versions
 * differ, so this is asked before anything is posted (D3).
 *
 * @param xml the `$metadata` document (EDMX)
 * @param of  a document that needs names of its own; without one, what every document needs
 */
export function missingNames(xml: string, of?: NamesOf): string[] {
  return missingOf(xml, of === undefined ? NAMES : NAMES_OF[of]);
}

/** The same for any sets and their fields. */
export function missingOf(xml: string, wanted: Readonly<Record<string, readonly string[]>>): string[] {
  return lacking(fieldsBySet(xml), wanted);
}

/** What is missing for each document by its key, and under `undefined` for every one; the document is long and read once. */
export function missingByDocument(xml: string): ReadonlyMap<NamesOf | undefined, readonly string[]> {
  const fieldsOf = fieldsBySet(xml);
  const documents = Object.keys(NAMES_OF) as NamesOf[];
  return new Map<NamesOf | undefined, readonly string[]>([
    [undefined, lacking(fieldsOf, NAMES)],
    ...documents.map((of) => [of, lacking(fieldsOf, NAMES_OF[of])] as const),
  ]);
}

function lacking(
  fieldsOf: ReadonlyMap<string, ReadonlyMap<string, string>>,
  wanted: Readonly<Record<string, readonly string[]>>,
): string[] {
  return Object.entries(wanted).flatMap(([set, names]) => {
    const fields = fieldsOf.get(set);
    if (!fields) return [set];
    return names.filter((name) => !fields.has(name)).map((name) => `${set}.${name}`);
  });
}

/** The fields of a set with their types, such as `Edm.Decimal`; none where the environment lacks the set. */
export function typesOf(xml: string, set: string): ReadonlyMap<string, string> {
  return fieldsBySet(xml).get(set) ?? new Map();
}

function fieldsBySet(xml: string): Map<string, ReadonlyMap<string, string>> {
  const fieldsOfType = new Map<string, Map<string, string>>();
  for (const [, type = '', body = ''] of xml.matchAll(
    /<EntityType\s+Name="([^"]+)"[^>]*>([\s\S]*?)<\/EntityType>/g,
  )) {
    const fields = [...body.matchAll(/<Property\s+Name="([^"]+)"(?:\s+Type="([^"]+)")?/g)];
    fieldsOfType.set(type, new Map(fields.map(([, name = '', edm = '']) => [name, edm])));
  }
  const sets = new Map<string, ReadonlyMap<string, string>>();
  for (const [, name = '', type = ''] of xml.matchAll(
    /<EntitySet\s+Name="([^"]+)"\s+EntityType="([^"]+)"/g,
  )) {
    const fields = fieldsOfType.get(type.slice(type.lastIndexOf('.') + 1));
    if (fields) sets.set(name, fields);
  }
  return sets;
}

/** One sentence about what is missing; null where nothing is. */
export function describeMissing(missing: readonly string[]): string | null {
  if (missing.length === 0) return null;
  const shown = missing.slice(0, 8).join(', ');
  const more = missing.length > 8 ? ` and ${missing.length - 8} more` : '';
  return (
    `This environment does not have ${shown}${more}. Ask your D365 partner whether the data entities are up to date ` +
    'and public; nothing is posted before.'
  );
}
