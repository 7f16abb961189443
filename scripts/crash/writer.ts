import { seededRandom } from '../../nodes/sandbox/world';
import { openSqliteStore } from '../../nodes/store/sqlite';
import { intake, newEvent } from '../../test/support/events';

/** What the writer tells its parent: that it is about to open the store, and each stored event with its group. */
export type Told = 'opening' | { group: number; event: number };

/** The id of the event with this number; whoever sends it again sends the same event. */
export const eventId = (number: number): string => `torn_${String(number).padStart(7, '0')}`;

/** The body of a receipt is this text over and over, so that a body with anything else in it is seen. */
export const bodyText = (id: string): string => `${id}\n`;

/**
 * Accepts events without end, in groups of 1 to 40 with bodies of very different lengths, so that transactions span
 * from a few to some hundred pages of the log. Tells the parent of each event once the store has acknowledged it. A
 * group begins when all of the one before it is stored, so no transaction holds events of two groups.
 *
 * Arguments: the store's file, a seed, and the number of the first event.
 */
async function main(): Promise<void> {
  const [file = '', seed, first] = process.argv.slice(2);
  const random = seededRandom(Number(seed));
  let number = Number(first);
  tell('opening');
  const store = await openSqliteStore({ file });
  const acceptNext = async (group: number): Promise<void> => {
    const mine = number;
    number += 1;
    const id = eventId(mine);
    const entry = newEvent({ id, returnId: `HR${mine % 500}` });
    const lines = random.next() < 0.2 ? random.between(100, 1500) : random.between(1, 100);
    await store.accept(intake([entry], { body: bodyText(id).repeat(lines) }));
    tell({ group, event: mine });
  };
  for (let group = 1; ; group += 1) {
    await Promise.all(Array.from({ length: random.between(1, 40) }, () => acceptNext(group)));
  }
}

function tell(told: Told): void {
  process.send?.(told);
}

if (require.main === module) {
  main().catch((thrown: unknown) => {
    console.error(thrown);
    process.exit(1);
  });
}
