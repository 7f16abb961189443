import { entityOf } from './entities';
import { ENUMS } from './enums';
import type { Erp, SetWriter } from './erp';
import type { Row } from './odata-filter';
import { Refusal } from './refusal';
import { parseXml, type XmlElement } from './xml';
import { readZip } from './zip';

export interface ImportError {
  RecordId: string;
  Field: string;
  ErrorMessage: string;
}

export interface ImportOutcome {
  status: 'Succeeded' | 'PartiallySucceeded' | 'Failed';
  errors: ImportError[];
}

/** The composites that there are for returns (A12): a journal with its lines. There is none for return orders. */
const COMPOSITES: Readonly<Record<string, { header: string; lines: string; line: string; number: string }>> =
  {
    WMSITEMARRIVALJOURNALHEADERV2ENTITY: {
      header: 'ItemArrivalJournalHeadersV2',
      line: 'WMSITEMARRIVALJOURNALLINEV2ENTITY',
      lines: 'ItemArrivalJournalLinesV2',
      number: 'JournalNumber',
    },
    CUSTPAYMENTJOURNALHEADERENTITY: {
      header: 'CustomerPaymentJournalHeaders',
      line: 'CUSTPAYMENTJOURNALLINEENTITY',
      lines: 'CustomerPaymentJournalLines',
      number: 'JournalBatchNumber',
    },
  };

const FLAG = 'IsItemMovedToDefaultItemPickingWarehouseLocation';

/**
 * Imports a package: each journal with its lines, or nothing of it. A package that cannot be read fails with an empty
 * list of errors (A12).
 */
export function importPackage(
  erp: Erp,
  writers: ReadonlyMap<string, SetWriter>,
  archive: Buffer,
  company: string,
): ImportOutcome {
  let journals: XmlElement[];
  try {
    journals = journalsIn(archive);
  } catch {
    return { status: 'Failed', errors: [] };
  }
  if (journals.length === 0) return { status: 'Failed', errors: [] };
  const errors: ImportError[] = [];
  let done = 0;
  journals.forEach((journal, index) => {
    try {
      erp.data.changes.allOrNone(() => importJournal(writers, journal, company));
      done += 1;
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      errors.push({ RecordId: String(index + 1), Field: '', ErrorMessage: thrown.message });
    }
  });
  const status = done === journals.length ? 'Succeeded' : done > 0 ? 'PartiallySucceeded' : 'Failed';
  return { status, errors };
}

function journalsIn(archive: Buffer): XmlElement[] {
  const documents = [...readZip(archive)].filter(
    ([name]) => /\.xml$/i.test(name) && !/(^|\/)(manifest|packageheader)\.xml$/i.test(name),
  );
  // One composite entity a package (A12).
  const [document, ...more] = documents;
  if (!document || more.length > 0) throw new Error('A package holds one document');
  const journals = parseXml(document[1].toString('utf8')).children;
  if (journals.some(({ name }) => COMPOSITES[name] === undefined)) throw new Error('The entity is not known');
  return journals;
}

function importJournal(writers: ReadonlyMap<string, SetWriter>, journal: XmlElement, company: string): void {
  const composite = COMPOSITES[journal.name];
  const [header, lines] = [writers.get(composite?.header ?? ''), writers.get(composite?.lines ?? '')];
  if (!composite || !header || !lines) throw new Error('The entity is not known');
  const row = header.create({ ...readRow(journal, composite.header), dataAreaId: company });
  for (const child of journal.children.filter(({ name }) => name === composite.line)) {
    // Whatever number the document gives its journal, the lines follow the one that was drawn.
    const number = row[composite.number] ?? '';
    lines.create({ ...readRow(child, composite.lines), dataAreaId: company, [composite.number]: number });
  }
}

function readRow(element: XmlElement, set: string): Row {
  const entity = entityOf(set);
  const row: Row = {};
  for (const [field, type] of Object.entries(entity?.fields ?? {})) {
    const child = element.children.find(({ name }) => name.toUpperCase() === field.toUpperCase());
    const value = child?.text.trim() ?? '';
    if (value === '') continue;
    if (type === 'Decimal' || type === 'Int32' || type === 'Int64') row[field] = Number(value);
    else if (typeof type === 'string') row[field] = value;
    else row[field] = memberOf(type.enum, value, field, entity?.internal ?? set);
  }
  if (entity?.fields[FLAG] !== undefined && row[FLAG] === undefined) {
    throw new Refusal(
      entity.internal,
      [`Field '${FLAG}' must be filled in.`],
      `validateField failed on field '${FLAG}'`,
    );
  }
  return row;
}

function memberOf(enumType: string, value: string, field: string, entity: string): string {
  const member = ENUMS[enumType]?.find((known) => known.toLowerCase() === value.toLowerCase());
  if (member !== undefined) return member;
  throw new Refusal(
    entity,
    [`The value '${value}' in field '${field}' is not valid.`],
    `validateField failed on field '${field}'`,
  );
}
