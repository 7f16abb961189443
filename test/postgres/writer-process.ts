import { openPostgresStore, type PostgresOptions } from '../../nodes/store/postgres';
import { intake, newEvent } from '../support/events';

/** Accepts events without end, and tells the parent each id once the store has acknowledged it. */
async function main(): Promise<void> {
  const store = await openPostgresStore(JSON.parse(process.argv[2] ?? '{}') as PostgresOptions);
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
