import { randomUUID } from 'node:crypto';
import { asLedgerError, LedgerError } from '../../returns/failure';
import { redact } from '../../runtime/redact';
import type { PostingAttempt } from '../../runtime/post-once';
import { faultPoint } from '../../store/fault-point';
import type { D365Client } from './client';
import { d365Error } from './errors';
import { dataPackage, packageNames, type PackagedJournal, type PackageKind } from './package-document';
import type { FscmParts } from './parts';

/** Statuses of an import that is not over (A12). */
const RUNNING = ['NotRun', 'Executing'];
const STEP = 'package';

/** Where a journal is: the import that it is in, and its number in the document. */
export interface PackagePlace {
  executionId: string;
  record: number;
}

/** One journal that is to be imported together with others. */
export interface PackageItem {
  kind: PackageKind;
  journal: PackagedJournal;
  /** An import that D365 has never heard of, though it was to be begun: it is begun again under its own id. */
  again: string | null;
  /** Keeps the place of the journal before anything is imported, so that whoever comes back can ask for it. */
  remember: (place: PackagePlace) => Promise<void>;
}

export interface ImportAnswer extends PackagePlace {
  /** False while the import runs. */
  over: boolean;
}

/** Imports a journal together with those of other documents. */
export type ImportTogether = (item: PackageItem) => Promise<ImportAnswer>;

/** What is known of the import that the journal of a document was put into by an earlier try. */
export type EarlierPackage =
  | { state: 'none' }
  /** D365 has never heard of it. */
  | { state: 'never-begun'; executionId: string }
  /** What it was to make is there, or was refused; `told`: somebody knows of that already. */
  | { state: 'over'; place: PackagePlace; told: boolean };

export type Asking = Pick<D365Client, 'packageAction'>;

/**
 * Looks whether the import that an earlier try has put a journal into is over: before that, a look-up of the journal proves
 * nothing. Throws `d365-package-running` (state-blocked) as long as it runs. To be called after the settle time.
 */
export async function earlierPackage(
  attempt: PostingAttempt,
  client: Asking,
  signal?: AbortSignal,
): Promise<EarlierPackage> {
  const before = attempt.step(STEP);
  if (before === undefined) return { state: 'none' };
  const executionId = String(before['executionId']);
  const place = { executionId, record: Number(before['record']) };
  if (attempt.step('package-over')?.['executionId'] === executionId) {
    return { state: 'over', place, told: true };
  }
  const state = await importState(executionId, client, signal);
  if (state === 'running') throw packageRunning();
  return state === 'unknown' ? { state: 'never-begun', executionId } : { state: 'over', place, told: false };
}

/** Whether an import runs or is over; `unknown`: D365 has not heard of it. */
export async function importState(
  executionId: string,
  client: Asking,
  signal?: AbortSignal,
): Promise<'running' | 'over' | 'unknown'> {
  const status = await client.packageAction('GetExecutionSummaryStatus', { executionId }, true, signal);
  if (status === 'Unknown') return 'unknown';
  return RUNNING.includes(status) ? 'running' : 'over';
}

/** Keeps that the outcome of an import is known: it is not asked for again, and what was refused may be sent anew. */
export function packageIsOver({ executionId }: PackagePlace, attempt: PostingAttempt): Promise<void> {
  return attempt.record('package-over', { executionId });
}

/**
 * What an attempt gives to be imported with others.
 *
 * @param before what is kept besides, before anything is imported
 */
export function packageItem(
  kind: PackageKind,
  journal: PackagedJournal,
  earlier: EarlierPackage,
  attempt: PostingAttempt,
  before?: (place: PackagePlace) => Promise<void>,
): PackageItem {
  return {
    kind,
    journal,
    again: earlier.state === 'never-begun' ? earlier.executionId : null,
    remember: async (place) => {
      await before?.(place);
      await attempt.record(STEP, { ...place });
    },
  };
}

/**
 * Imports journals in one data package, which no throttling touches (A3, A12). The id of the import is ours, and each
 * journal's document remembers it before the call. Whether a journal is there is read from the journals afterwards: an
 * empty list of errors proves nothing.
 *
 * @param items of one kind, as they would be created over OData, each with a reference of its own
 * @returns for each whether its import is over, or what it failed with
 */
export async function importPackages(
  items: readonly PackageItem[],
  parts: Pick<FscmParts, 'client' | 'settings' | 'store' | 'connectionId'>,
  signal?: AbortSignal,
): Promise<(ImportAnswer | LedgerError)[]> {
  const packages = new Map<string, PackageItem[]>();
  const fresh = randomUUID();
  for (const item of items) {
    const id = item.again ?? fresh;
    packages.set(id, [...(packages.get(id) ?? []), item]);
  }
  const answers = new Map<PackageItem, ImportAnswer | LedgerError>();
  // One after another: imports must not be begun in parallel (A3).
  for (const [executionId, some] of packages) {
    try {
      const over = await importOne(executionId, some, parts, signal);
      some.forEach((item, at) => answers.set(item, { executionId, record: at + 1, over }));
    } catch (thrown) {
      const error = asLedgerError(thrown);
      for (const item of some) answers.set(item, error);
    }
  }
  return items.map((item) => answers.get(item) ?? new LedgerError(NO_ANSWER));
}

const NO_ANSWER = { code: 'batch-unreadable', class: 'ambiguous', message: 'No answer came' } as const;

/** True when the import is over. */
async function importOne(
  executionId: string,
  items: readonly PackageItem[],
  {
    client,
    settings,
    store,
    connectionId,
  }: Pick<FscmParts, 'client' | 'settings' | 'store' | 'connectionId'>,
  signal?: AbortSignal,
): Promise<boolean> {
  const [first] = items;
  if (!first) return true;
  const names = packageNames(first.kind, settings);
  const content = dataPackage(
    first.kind,
    items.map(({ journal }) => journal),
    names,
  );
  const place = await client.packageAction(
    'GetAzureWriteUrl',
    { uniqueFileName: `${executionId}.zip` },
    true,
    signal,
  );
  const packageUrl = writeUrlIn(place);
  await client.upload(packageUrl, content, signal);
  faultPoint('package-uploaded');
  await Promise.all(items.map(({ remember }, at) => remember({ executionId, record: at + 1 })));
  faultPoint('package-remembered');
  const body = {
    packageUrl,
    definitionGroupId: names.group,
    executionId,
    execute: true,
    // A composite cannot be overwritten (A12).
    overwrite: false,
    legalEntityId: settings.company,
  };
  const begin = (): Promise<string> => {
    store.assertAlive();
    return client.packageAction('ImportFromPackage', body, false, signal);
  };
  await store.exclusive(`${connectionId}/import`, begin, signal);
  faultPoint('package-begun');
  try {
    // Begun a moment ago, it may not be known yet.
    return (await importState(executionId, client, signal)) === 'over';
  } catch {
    // It is begun, and asked for when its documents come back.
    return false;
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

/** Makes a delivery wait until the import that holds its journal is over (state-blocked). */
export function packageRunning(): LedgerError {
  return new LedgerError({
    code: 'd365-package-running',
    class: 'state-blocked',
    message: 'Dynamics 365 has not finished the import of the data package yet',
  });
}

/**
 * Why a journal was not imported, as the error that it would be over OData. Its import may tell nothing of it (A12): then
 * the error says where people can look.
 *
 * @param journal for people, such as `arrival journal HR-R1-A1`
 */
export async function refusedByImport(
  journal: string,
  kind: PackageKind,
  { executionId, record }: PackagePlace,
  { client, settings, surroundings }: Pick<FscmParts, 'settings' | 'surroundings'> & { client: Asking },
  signal?: AbortSignal,
): Promise<LedgerError> {
  const told = await errorsOf(executionId, client, signal);
  const own = told.filter(({ of }) => of === String(record));
  // What names no record of the document may concern any of them.
  const heard = own.length > 0 ? own : told.filter(({ of }) => !/^\d+$/.test(of));
  if (heard.length === 0) {
    return new LedgerError({
      code: 'd365-package-refused',
      class: 'data-invalid',
      message:
        `Dynamics 365 did not import ${journal} and gave no reason: look at execution ${executionId} of data project ` +
        packageNames(kind, settings).group,
    });
  }
  const message = redact(heard.map(({ said }) => said).join(' '));
  const text = JSON.stringify({ error: { message } });
  return d365Error({ status: 400, headers: {}, text }, true, surroundings.clock);
}

async function errorsOf(
  executionId: string,
  client: Asking,
  signal?: AbortSignal,
): Promise<{ of: string; said: string }[]> {
  const value = await client.packageAction('GetExecutionErrors', { executionId }, true, signal);
  try {
    const errors: unknown = JSON.parse(value);
    if (!Array.isArray(errors)) return [];
    return (errors as { RecordId?: unknown; ErrorMessage?: unknown }[])
      .map(({ RecordId, ErrorMessage }) => ({
        of: typeof RecordId === 'string' || typeof RecordId === 'number' ? String(RecordId) : '',
        said: typeof ErrorMessage === 'string' ? ErrorMessage.slice(0, 500) : '',
      }))
      .filter(({ said }) => said !== '');
  } catch {
    return [];
  }
}

/** Data package actions that tell the same whoever asks. */
const SAME_FOR_ALL = ['GetExecutionSummaryStatus', 'GetExecutionErrors'];

/** A client that asks once for all of its journals whether an import is over. */
export function askedOnce(client: Asking): D365Client['packageAction'] {
  const asked = new Map<string, Promise<string>>();
  return (action, body, safe, signal) => {
    if (!SAME_FOR_ALL.includes(action)) return client.packageAction(action, body, safe, signal);
    const key = `${action} ${JSON.stringify(body)}`;
    const known = asked.get(key) ?? client.packageAction(action, body, safe, signal);
    asked.set(key, known);
    return known;
  };
}
