import type { Problem } from '../../returns/posting-checks';
import type { PostingAttempt } from '../../runtime/post-once';
import {
  packageIsOver,
  packageItem,
  packageRunning,
  refusedByImport,
  type EarlierPackage,
  type ImportTogether,
} from './data-package';
import type { PackagedJournal } from './package-document';
import type { ArrivalParts } from './parts';
import type { D365Row } from './rows';

/** How one journal is imported together with those of other returns. */
export interface JournalImport {
  /** For people, such as `arrival journal HR-R1-A1`. */
  name: string;
  /** Where an earlier try has put it. */
  earlier: EarlierPackage;
  together: ImportTogether;
  /** Throws where the return order has been stopped since it was read. */
  stillReceivable: () => Promise<Problem | null>;
  /** Reads the journal with its lines, by its reference. */
  lookUp: () => Promise<D365Row | undefined>;
}

/**
 * Has an arrival journal imported in a data package with others (A12), and gives it as D365 made it. What an import has
 * refused is told once; after that the journal is sent in another package. The journal that is read back decides: an import
 * without errors proves nothing.
 *
 * Throws `d365-package-running` (state-blocked) while the import runs, and why D365 refused it.
 */
export async function importJournal(
  journal: PackagedJournal,
  { name, earlier, together, stillReceivable, lookUp }: JournalImport,
  parts: ArrivalParts & { attempt: PostingAttempt },
  signal?: AbortSignal,
): Promise<D365Row> {
  const { attempt } = parts;
  let place;
  if (earlier.state === 'over' && !earlier.told) {
    place = earlier.place;
  } else {
    const item = packageItem('arrival', journal, earlier, attempt);
    const answer = await attempt.write((assertAlive) => {
      assertAlive();
      return together(item);
    });
    if (!answer.over) throw packageRunning();
    const there = await lookUp();
    if (there) {
      await packageIsOver(answer, attempt);
      return there;
    }
    place = answer;
  }
  // Somebody may have stopped the return order before the import came to it, which passes.
  await stillReceivable();
  const refusal = await refusedByImport(name, 'arrival', place, parts, signal);
  await packageIsOver(place, attempt);
  throw refusal;
}
