import { openPostgresStore, type PostgresOptions } from '../../nodes/store/postgres';
import { intake, newEvent, NOW } from '../support/events';
import { INTENT } from '../store/conformance';

/** Takes a delivery, an intent and a lock, says so, and keeps them until it is killed. */
async function main(): Promise<void> {
  const store = await openPostgresStore(JSON.parse(process.argv[2] ?? '{}') as PostgresOptions);
  await store.accept(intake([newEvent({ id: 'hr_event_held' })]));
  await store.takeDeliveries('in-1', { each: 1 }, NOW);
  await store.beginIntent(INTENT, NOW);
  await store.exclusive('order/1', () => {
    process.send?.('held');
    return new Promise(() => undefined);
  });
}

main().catch((thrown: unknown) => {
  console.error(thrown);
  process.exit(1);
});
