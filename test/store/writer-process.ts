import { openSqliteStore } from '../../nodes/store/sqlite';
import { intake, newEvent } from '../support/events';

/** Accepts events without end, and tells the parent each id once the store has acknowledged it. */
async function main(): Promise<void> {
  const store = await openSqliteStore({ file: process.argv[2] ?? '' });
  for (let round = 0; ; round += 1) {
    const events = Array.from({ length: 3 }, (_, at) => newEvent({ id: `hr_${process.pid}_${round}_${at}` }));
    await Promise.all(events.map((one) => store.accept(intake([one]))));
    for (const one of events) process.send?.(one.event.id);
  }
}

main().catch((thrown: unknown) => {
  console.error(thrown);
  process.exit(1);
});
