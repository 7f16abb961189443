import { z } from 'zod';
import { instantOf } from '../../returns/time';
import { settle } from '../settle';
import { importState, packageRunning, type PackagePlace } from './data-package';
import type { RefundParts } from './parts';

const KIND = 'refund-import';
const reservation = z.object({ journal: z.string(), executionId: z.string() });

/**
 * Keeps that a refund of a sale is on its way in a data package. Until the import is over its journal cannot be read, so
 * another refund of the sale could take the same payment again.
 *
 * @param sale number of the original order, or of the return order where that is not known
 * @param journal description of the journal that is on its way
 */
export function reserve(
  sale: string,
  journal: string,
  { executionId }: PackagePlace,
  { store, connectionId, surroundings }: RefundParts,
): Promise<void> {
  const readAt = instantOf(surroundings.clock);
  return store.putMasterData(connectionId, KIND, [{ key: sale, value: { journal, executionId }, readAt }]);
}

/**
 * Makes a refund wait as long as another one of the same sale is on its way. To be called while no other refund of the sale
 * can be begun. Throws `d365-package-running` (state-blocked), or `d365-settling` where D365 does not know the import yet.
 *
 * @param journal description of the journal that wants to take a payment
 */
export async function awaitReserved(
  sale: string,
  journal: string,
  parts: RefundParts,
  signal?: AbortSignal,
): Promise<void> {
  const { store, connectionId, client, doubts } = parts;
  const held = (await store.masterData(connectionId, KIND, [sale])).get(sale);
  const parsed = reservation.safeParse(held?.value);
  // Its own import is asked for by the journal itself.
  if (!parsed.success || parsed.data.journal === journal) return;
  const { executionId } = parsed.data;
  let state = await importState(executionId, client, signal);
  if (state === 'unknown') {
    // Begun a moment ago, it may not be known yet; never begun, it is planned anew when its message comes back.
    const doubt = `${KIND}/${executionId}`;
    await settle(doubt, parts, signal);
    state = await importState(executionId, client, signal);
    doubts.delete(doubt);
  }
  if (state === 'running') throw packageRunning();
  await release(sale, parts);
}

/** The import is over, and what it has made can be read. */
export function release(sale: string, { store, connectionId }: RefundParts): Promise<void> {
  return store.forgetMasterData(connectionId, KIND, [sale]);
}
