import { DOCUMENT_ENTITIES } from './document-entities';
import type { Entity } from './entity';
import { MASTER_ENTITIES } from './master-entities';

/** Every set of the API (B4); a name that is not here does not exist. */
export const ENTITIES: readonly Entity[] = [...MASTER_ENTITIES, ...DOCUMENT_ENTITIES];

const BY_SET = new Map(ENTITIES.map((entity) => [entity.set, entity]));

/** Set names are case-sensitive [I]. */
export function entityOf(set: string): Entity | undefined {
  return BY_SET.get(set);
}

const EDM: Readonly<Record<string, string>> = {
  guid: 'Edm.Guid',
  text: 'Edm.String',
  code: 'Edm.String',
  decimal: 'Edm.Decimal',
  integer: 'Edm.Int32',
  boolean: 'Edm.Boolean',
  date: 'Edm.Date',
  datetime: 'Edm.DateTimeOffset',
  option: 'Edm.String',
};

/** The `$metadata` document of the sets that this environment has. Options travel as strings (B2). */
export function metadataXml(has: (entity: Entity) => boolean, omitted: ReadonlySet<string>): string {
  const shown = ENTITIES.filter(has);
  const sets = new Set(shown.map(({ set }) => set));
  const types = shown.map((entity) => {
    const properties = [...entity.fields.values()]
      .filter(({ name }) => !omitted.has(`${entity.set}.${name}`))
      .map(({ name, kind, length }) => {
        const size = length > 0 ? ` MaxLength="${length}"` : '';
        return `<Property Name="${name}" Type="${EDM[kind] ?? 'Edm.String'}"${size}/>`;
      })
      .join('');
    const links = Object.entries(entity.navigation)
      .filter(([, { to }]) => sets.has(to))
      .map(([name, { to, many }]) => {
        const target = `Microsoft.NAV.${entityOf(to)?.type ?? to}`;
        return `<NavigationProperty Name="${name}" Type="${many ? `Collection(${target})` : target}"/>`;
      })
      .join('');
    return `<EntityType Name="${entity.type}"><Key><PropertyRef Name="id"/></Key>${properties}${links}</EntityType>`;
  });
  const actions = shown.flatMap((entity) =>
    entity.actions.map(
      (name) =>
        `<Action Name="${name}" IsBound="true"><Parameter Name="bindingParameter" Type="Microsoft.NAV.${entity.type}"/></Action>`,
    ),
  );
  const entitySets = shown.map(
    ({ set, type }) => `<EntitySet Name="${set}" EntityType="Microsoft.NAV.${type}"/>`,
  );
  return (
    '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">' +
    '<edmx:DataServices><Schema Namespace="Microsoft.NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">' +
    `${types.join('')}${actions.join('')}<EntityContainer Name="default">${entitySets.join('')}</EntityContainer>` +
    '</Schema></edmx:DataServices></edmx:Edmx>'
  );
}
