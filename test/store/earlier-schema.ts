import assert from 'node:assert/strict';
import type { ExceptionLine } from '../../nodes/returns/exception';
import type { ReturnsStore } from '../../nodes/store/store';
import { intake, newEvent } from '../support/events';
import { exception, LATER } from './conformance';

/** Takes the schema steps that follow the seventh back, so that they are carried out again over what is stored. */
export const BACK_TO_SCHEMA_7: readonly string[] = [
  `DROP TABLE mapping_versions`,
  `DROP TABLE mapping_sightings`,
  `DROP TABLE return_parts`,
  `DROP TABLE gate_returns`,
  `DROP TABLE gate_events`,
  `DROP TABLE batches`,
  `DROP TABLE batch_members`,
  `DROP TABLE halves`,
  `DROP TABLE halves_settled`,
  `ALTER TABLE returns DROP COLUMN last_event`,
  `ALTER TABLE returns DROP COLUMN last_event_at`,
  `DROP INDEX exceptions_by_cause`,
  `DROP INDEX exceptions_without_cause`,
  `DROP INDEX exceptions_by_alert`,
  `DROP TABLE exception_alerts`,
  `ALTER TABLE exceptions DROP COLUMN alert_key`,
  `ALTER TABLE exceptions DROP COLUMN search`,
  `ALTER TABLE exceptions DROP COLUMN cause`,
  `ALTER TABLE exceptions DROP COLUMN brand`,
  `ALTER TABLE exceptions DROP COLUMN value_minor`,
  `ALTER TABLE exceptions DROP COLUMN value_currency`,
  `ALTER TABLE exceptions DROP COLUMN assigned`,
  `ALTER TABLE exceptions DROP COLUMN settled`,
  `ALTER TABLE exceptions DROP COLUMN resumed_at`,
  `ALTER TABLE exceptions DROP COLUMN resumed_by`,
  `DROP TABLE exception_events`,
  `DROP TABLE exception_history`,
  `UPDATE meta SET value = '7' WHERE name = 'schema'`,
];

/** Fills a store, has its schema taken back and brought up to date, and asks for the newest event of each return. */
export async function assertNewestEventsAreFound(
  store: ReturnsStore,
  throughEarlierSchema: () => Promise<ReturnsStore>,
): Promise<void> {
  const held = exception('brand-unknown');
  const at = (hour: number): { receivedAt: string; occurredAt: string } => {
    const time = `2026-02-20T0${hour}:00:00.000Z`;
    return { receivedAt: time, occurredAt: time };
  };
  const first = newEvent({ returnId: 'TWO', ...at(1) });
  const second = newEvent({ returnId: 'TWO', ...at(2) });
  const clear = newEvent({ returnId: 'HELD-LATER', ...at(1) });
  const heldLater = newEvent({ returnId: 'HELD-LATER', ...at(2) }, held);
  const onlyHeld = newEvent({ returnId: 'ONLY-HELD', ...at(1) }, held);
  await store.accept(intake([newEvent({ returnId: 'PRUNED' })], { source: 'pruned' }));
  for (const delivery of await store.takeDeliveries('pruned', { each: 1 }, LATER)) {
    await store.settleDelivery(delivery.id, '2026-02-20T10:00:00.000Z');
  }
  await store.prune({ settled: LATER, people: LATER });
  for (const one of [second, first, heldLater, clear, onlyHeld]) await store.accept(intake([one]));

  const parked = {
    returnKey: 'k1',
    router: 'r',
    exception: { ...exception('reason-unmapped'), lines: [wrongLine('reason-unmapped', 'wet')] },
    message: '{}',
  };
  const { id } = await store.parkException(parked, LATER);

  const again = await throughEarlierSchema();
  assert.equal((await again.parkedException(id))?.cause, 'reason-unmapped|acme-shoes|wet');
  const newest = async (returnId: string): Promise<string | undefined> =>
    (await again.latestEvent(newEvent({ returnId }).returnKey))?.id;
  assert.equal(await newest('TWO'), second.event.id);
  assert.equal(await newest('HELD-LATER'), clear.event.id);
  assert.equal(await newest('ONLY-HELD'), onlyHeld.event.id);
  assert.equal(await newest('PRUNED'), undefined);
  const third = newEvent({ returnId: 'TWO', ...at(3) });
  await again.accept(intake([third, newEvent({ returnId: 'TWO', ...at(1) })]));
  assert.equal(await newest('TWO'), third.event.id);
  await again.close();
}

function wrongLine(code: string, received: string): ExceptionLine {
  return { lineId: null, sku: null, code, field: null, expected: null, received, candidates: [] };
}
