import { ENTITIES, entityOf } from './entities';
import type { FieldType } from './entity-model';
import { ENUMS, memberValue } from './enums';

/** The `$metadata` document, without the sets and properties that this environment is said to lack. */
export function metadataXml(omitted: ReadonlySet<string>): string {
  const shown = ENTITIES.filter((found) => !omitted.has(found.set));
  const types = shown.map((found) => {
    const keys = found.keys.map((key) => `<PropertyRef Name="${key}"/>`).join('');
    const properties = Object.entries(found.fields)
      .filter(([name]) => !omitted.has(`${found.set}.${name}`))
      .map(([name, type]) => propertyXml(name, type, found.keys.includes(name)))
      .join('');
    const links = Object.entries(found.navigation)
      .map(([name, { to, many }]) => {
        const target = `Microsoft.Dynamics.DataEntities.${entityOf(to)?.type ?? to}`;
        return `<NavigationProperty Name="${name}" Type="${many ? `Collection(${target})` : target}"/>`;
      })
      .join('');
    return `<EntityType Name="${found.type}"><Key>${keys}</Key>${properties}${links}</EntityType>`;
  });
  const enums = Object.entries(ENUMS).map(([name, members]) => {
    const list = members
      .map((member, value) => `<Member Name="${member}" Value="${memberValue(name, value)}"/>`)
      .join('');
    return `<EnumType Name="${name}">${list}</EnumType>`;
  });
  const sets = shown.map(
    (found) => `<EntitySet Name="${found.set}" EntityType="Microsoft.Dynamics.DataEntities.${found.type}"/>`,
  );
  return (
    '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">' +
    '<edmx:DataServices><Schema Namespace="Microsoft.Dynamics.DataEntities" xmlns="http://docs.oasis-open.org/odata/ns/edm">' +
    `${enums.join('')}${types.join('')}<EntityContainer Name="Resources">${sets.join('')}</EntityContainer>` +
    '</Schema></edmx:DataServices></edmx:Edmx>'
  );
}

function propertyXml(name: string, type: FieldType, key: boolean): string {
  const edm = typeof type === 'string' ? `Edm.${type}` : `Microsoft.Dynamics.DataEntities.${type.enum}`;
  // Numbers and dates are not nullable merely because they are value types (A2).
  const required = key || (typeof type === 'string' && type !== 'String');
  return `<Property Name="${name}" Type="${edm}"${required ? ' Nullable="false"' : ''}/>`;
}
