import type { D365Settings } from '../settings';
import type { D365Row } from './rows';
import { zipOf } from './zip';

/** Journals that can be imported in bulk: there is a composite of header and lines for them, as there is not for returns (A12). */
export type PackageKind = 'arrival' | 'payment';

/** A journal as it would be created over OData; the ERP draws its number. */
export interface PackagedJournal {
  header: D365Row;
  lines: readonly D365Row[];
}

/** What the data project and the entities of a package are called. */
export interface PackageNames {
  group: string;
  composite: string;
  header: string;
  line: string;
  /** Field of the header that the ERP fills. */
  number: string;
}

/** Settings of a connection that name what packages are made of. */
export type PackageSettings = Pick<
  D365Settings,
  | 'arrivalProject'
  | 'arrivalComposite'
  | 'arrivalHeader'
  | 'arrivalLine'
  | 'paymentProject'
  | 'paymentComposite'
  | 'paymentHeader'
  | 'paymentLine'
>;

export function packageNames(kind: PackageKind, settings: PackageSettings): PackageNames {
  if (kind === 'payment') {
    return {
      group: settings.paymentProject,
      composite: settings.paymentComposite,
      header: settings.paymentHeader,
      line: settings.paymentLine,
      number: 'JournalBatchNumber',
    };
  }
  return {
    group: settings.arrivalProject,
    composite: settings.arrivalComposite,
    header: settings.arrivalHeader,
    line: settings.arrivalLine,
    number: 'JournalNumber',
  };
}

/** Without them in its document, header and lines of an arrival journal are refused (A7). */
const ALWAYS: Readonly<Record<PackageKind, D365Row>> = {
  arrival: { IsItemMovedToDefaultItemPickingWarehouseLocation: 'No' },
  payment: {},
};

/** A data package: the document of the composite with its manifest and header (A12). */
export function dataPackage(
  kind: PackageKind,
  journals: readonly PackagedJournal[],
  names: PackageNames,
): Buffer {
  const file = `${names.composite}.xml`;
  const name = escaped(names.composite);
  const manifest =
    `<DataManagementPackageManifest xmlns="http://schemas.microsoft.com/dynamics/2015/01/DataManagement">` +
    `<DefinitionGroupName>${escaped(names.group)}</DefinitionGroupName>` +
    `<PackageEntityList><DataManagementPackageEntityData><EntityName>${name}</EntityName>` +
    `<ExecutionUnit>1</ExecutionUnit><FileName>${escaped(file)}</FileName><InputFilePath>${escaped(file)}</InputFilePath>` +
    `<Source>XML-Element</Source></DataManagementPackageEntityData></PackageEntityList></DataManagementPackageManifest>`;
  const header =
    `<DataManagementPackageHeader xmlns="http://schemas.microsoft.com/dynamics/2015/01/DataManagement">` +
    `<Description>${escaped(names.group)}</Description><ManifestType>Microsoft.Dynamics.AX.Framework.Tools.DataManagement</ManifestType>` +
    `<PackageType>DefinitionGroup</PackageType><PackageVersion>2</PackageVersion></DataManagementPackageHeader>`;
  const rows = journals.map((journal, at) => journalXml(kind, journal, at, names)).join('');
  return zipOf(
    Object.entries({
      'Manifest.xml': manifest,
      'PackageHeader.xml': header,
      [file]: `<Document>${rows}</Document>`,
    }).map(([entry, xml]) => ({
      name: entry,
      content: Buffer.from(`<?xml version="1.0" encoding="utf-8"?>${xml}`, 'utf8'),
    })),
  );
}

/** The number that a journal has in the document binds its lines to it; the ERP draws one of its own. */
function journalXml(
  kind: PackageKind,
  { header, lines }: PackagedJournal,
  at: number,
  names: PackageNames,
): string {
  const number = { [names.number]: String(at + 1) };
  const rows = lines
    .map((line) => element(names.line, fields({ ...ALWAYS[kind], ...line, ...number })))
    .join('');
  return element(names.header, fields({ ...ALWAYS[kind], ...header, ...number }) + rows);
}

/** Field elements are in capitals; the company is that of the import. */
function fields(row: D365Row): string {
  return Object.entries(row)
    .filter(([name, value]) => name !== 'dataAreaId' && value !== null && value !== undefined && value !== '')
    .map(([name, value]) => element(name.toUpperCase(), escaped(textIn(value))))
    .join('');
}

function textIn(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : JSON.stringify(value);
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** Characters that XML cannot hold are left out. */
function escaped(text: string): string {
  return text
    .toWellFormed()

    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
