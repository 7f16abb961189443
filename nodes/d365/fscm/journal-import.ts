import type { PostingAttempt } from '../../runtime/post-once';
import {
  packageIsOver,
  packageItem,
  packageRunning,
  refusedByImport,
  type Asking,
  type EarlierPackage,
  type ImportTogether,
  type PackagePlace,
} from './data-package';
import type { PackagedJournal, PackageKind } from './package-document';
import type { FscmParts } from './parts';

/** How one journal is imported together with those of other returns. */
export interface JournalImport<Found> {
  kind: PackageKind;
  /** For people, such as `arrival journal HR-R1-A1`. */
  name: string;
  /** Where an earlier try has put it. */
  earlier: EarlierPackage;
  together: ImportTogether;
  /** Reads the journal with its lines, by its reference. */
  lookUp: () => Promise<Found | undefined>;
  /** Called before anything is imported, with where the journal will be. */
  beforeImport?: (place: PackagePlace) => Promise<void>;
  /** Throws where the import has refused the journal for a reason that passes. */
  passing?: () => Promise<unknown>;
}

/**
 * Has a journal imported in a data package with others (A12), and gives it as D365 made it. What an import has refused is
 * told once; after that the journal is sent in another package. The journal that is read back decides: an import without
 * errors proves nothing.
 *
 * Throws `d365-package-running` (state-blocked) while the import runs, and why D365 refused it.
 */
export async function importJournal<Found>(
  journal: PackagedJournal,
  { kind, name, earlier, together, lookUp, beforeImport, passing }: JournalImport<Found>,
  parts: Pick<FscmParts, 'settings' | 'surroundings'> & { client: Asking; attempt: PostingAttempt },
  signal?: AbortSignal,
): Promise<Found> {
  const { attempt } = parts;
  let place;
  if (earlier.state === 'over' && !earlier.told) {
    place = earlier.place;
  } else {
    const item = packageItem(kind, journal, earlier, attempt, beforeImport);
    const answer = await attempt.write((assertAlive) => {
      assertAlive();
      return together(item);
    });
    if (!answer.over) throw packageRunning();
    const there = await lookUp();
    if (there !== undefined) {
      await packageIsOver(answer, attempt);
      return there;
    }
    place = answer;
  }
  await passing?.();
  const refusal = await refusedByImport(name, kind, place, parts, signal);
  await packageIsOver(place, attempt);
  throw refusal;
}
