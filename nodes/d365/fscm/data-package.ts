import { randomUUID } from 'node:crypto';
import { asLedgerError, LedgerError } from '../../returns/failure';
import type { PostingAttempt } from '../../runtime/post-once';
import { and, anyOf, eq, inChunks, listPath } from './odata';
import {
  dataPackage,
  packageNames,
  type PackagedJournal,
  type PackageKind,
  type PackageNames,
} from './package-document';
import type { FscmParts } from './parts';
import { settle } from './settle';
import { textOf } from './rows';

const SETS = {
  arrival: 'ItemArrivalJournalHeadersV2',
  payment: 'CustomerPaymentJournalHeaders',
} as const satisfies Record<PackageKind, string>;

/** Statuses of an import that is not over (A12). */
const RUNNING = ['NotRun', 'Executing'];

export interface ImportedJournals {
  /** Our reference → number of the journal. */
  numbers: Map<string, string>;
  /** References that no journal has: they were refused. */
  missing: string[];
  /** References that several journals have: they were imported twice, or copied. */
  twice: string[];
  /** What the ERP says was wrong; may be empty although something was (A12). */
  errors: string[];
}

/**
 * Imports journals in one data package, which no throttling touches (A3, A12). What is there already, by its reference, is
 * not sent again; what came of it is read from the journals, for an empty list of errors proves nothing. The id of the
 * import is ours and remembered before the call, so that a lost answer is looked up by it.
 *
 * Throws `d365-package-running` (state-blocked) as long as the import runs: called again with the same attempt's steps, it
 * goes on where it was.
 *
 * @param journals as they would be created over OData, each with a reference of its own in its description
 * @param attempt  of the intent of these journals; it is completed by the caller
 */
export async function importJournals(
  kind: PackageKind,
  journals: readonly PackagedJournal[],
  parts: FscmParts,
  attempt: PostingAttempt,
  signal?: AbortSignal,
): Promise<ImportedJournals> {
  const names = packageNames(kind, parts.settings);
  const references = journals.map(({ header }) => textOf(header, names.reference));
  if (references.includes('') || new Set(references).size < references.length) {
    throw new LedgerError({
      code: 'd365-package-reference',
      class: 'config',
      message: `Each journal of a data package needs a ${names.reference} of its own`,
    });
  }
  const before = attempt.step('package');
  const doubt = `package/${String(before?.['executionId'] ?? '')}`;
  if (attempt.inDoubt) await settle(doubt, parts, signal);
  const status = before ? await statusOf(String(before['executionId']), parts, signal) : null;
  attempt.lookedUp();
  parts.doubts.delete(doubt);
  if (status !== null && RUNNING.includes(status)) throw running(status);
  const there = await journalsOf(kind, references, names, parts, signal);
  const told = attempt.step('ended')?.['executionId'] === before?.['executionId'];
  if (before && !told && status !== 'Unknown') {
    await attempt.record('ended', { executionId: String(before['executionId']) });
    return outcome(references, there, await errorsOf(String(before['executionId']), parts, signal));
  }
  const missing = journals.filter(({ header }) => !there.has(textOf(header, names.reference)));
  if (missing.length === 0) return outcome(references, there, []);
  // One that D365 never heard of is begun again under its own id; after one that has ended, the rest gets a new one.
  const executionId = status === 'Unknown' ? String(before?.['executionId']) : randomUUID();
  await start(executionId, dataPackage(kind, missing, names), names, parts, attempt, signal);
  const now = await statusOf(executionId, parts, signal);
  if (RUNNING.includes(now) || now === 'Unknown') throw running(now);
  await attempt.record('ended', { executionId });
  const after = await journalsOf(kind, references, names, parts, signal);
  return outcome(references, after, await errorsOf(executionId, parts, signal));
}

/** Uploads the package and begins its import; imports must not be begun in parallel (A3). */
async function start(
  executionId: string,
  content: Buffer,
  names: PackageNames,
  parts: FscmParts,
  attempt: PostingAttempt,
  signal?: AbortSignal,
): Promise<void> {
  const { client, settings, store, connectionId, doubts, surroundings } = parts;
  const place = await client.packageAction(
    'GetAzureWriteUrl',
    { uniqueFileName: `${executionId}.zip` },
    true,
    signal,
  );
  const packageUrl = writeUrlIn(place);
  await client.upload(packageUrl, content, signal);
  await attempt.record('package', { executionId });
  const body = {
    packageUrl,
    definitionGroupId: names.group,
    executionId,
    execute: true,
    // A composite cannot be overwritten (A12).
    overwrite: false,
    legalEntityId: settings.company,
  };
  const begin = (): Promise<string> =>
    attempt.write((assertAlive) => {
      assertAlive();
      return client.packageAction('ImportFromPackage', body, false, signal);
    });
  try {
    await store.exclusive(`${connectionId}/import`, begin, signal);
  } catch (thrown) {
    const error = asLedgerError(thrown);
    if (error.class === 'ambiguous') doubts.set(`package/${executionId}`, surroundings.elapsed());
    throw error;
  }
}

/** The answer is a text that holds JSON (A12). */
function writeUrlIn(value: string): string {
  try {
    const { BlobUrl } = JSON.parse(value) as { BlobUrl?: unknown };
    if (typeof BlobUrl === 'string' && URL.canParse(BlobUrl)) return BlobUrl;
  } catch {
    // Told below: the text itself may hold a secret.
  }
  throw new LedgerError({
    code: 'd365-answer',
    class: 'transient',
    message: 'D365 named no place for a data package',
  });
}

function statusOf(executionId: string, { client }: FscmParts, signal?: AbortSignal): Promise<string> {
  return client.packageAction('GetExecutionSummaryStatus', { executionId }, true, signal);
}

async function errorsOf(executionId: string, { client }: FscmParts, signal?: AbortSignal): Promise<string[]> {
  const value = await client.packageAction('GetExecutionErrors', { executionId }, true, signal);
  try {
    const errors: unknown = JSON.parse(value);
    if (!Array.isArray(errors)) return [];
    return (errors as { ErrorMessage?: unknown }[])
      .map(({ ErrorMessage }) => (typeof ErrorMessage === 'string' ? ErrorMessage.slice(0, 500) : ''))
      .filter((message) => message !== '');
  } catch {
    return [];
  }
}

/** The journals that have these references, each with its number, or numbers. */
async function journalsOf(
  kind: PackageKind,
  references: readonly string[],
  names: PackageNames,
  { client, settings }: FscmParts,
  signal?: AbortSignal,
): Promise<Map<string, string[]>> {
  const company = eq('dataAreaId', settings.company);
  const paths = inChunks(references, names.reference).map((chunk) =>
    listPath(SETS[kind], {
      filter: and(company, anyOf(names.reference, chunk)),
      select: [names.number, names.reference],
    }),
  );
  const there = new Map<string, string[]>();
  for (const row of (await client.readTogether(paths, signal)).flat()) {
    const reference = textOf(row, names.reference);
    there.set(reference, [...(there.get(reference) ?? []), textOf(row, names.number)]);
  }
  return there;
}

function outcome(
  references: readonly string[],
  there: ReadonlyMap<string, readonly string[]>,
  errors: string[],
): ImportedJournals {
  return {
    numbers: new Map(
      references.flatMap(
        (one) =>
          there
            .get(one)
            ?.slice(0, 1)
            .map((number) => [one, number]) ?? [],
      ),
    ),
    missing: references.filter((one) => !there.has(one)),
    twice: references.filter((one) => (there.get(one)?.length ?? 0) > 1),
    errors,
  };
}

function running(status: string): LedgerError {
  return new LedgerError({
    code: 'd365-package-running',
    class: 'state-blocked',
    message: `Dynamics 365 has not finished the import of the data package yet (${status})`,
  });
}
