import type { ReturnEvent } from '../../returns/event';
import type { LedgerError } from '../../returns/failure';
import { sideBySide } from '../connector-parts';
import type { ArrivalPolicy, PostedDocuments } from '../documents';
import { arrivalSetup } from './arrival-setup';
import { askedOnce, importPackages } from './data-package';
import { GatheredCalls } from './gathered-calls';
import { receiveGoods } from './item-arrival';
import type { ArrivalCalls, FscmParts } from './parts';

/**
 * Registers the goods of many returns at once: the look-ups of all are a few calls, and their journals go in with one data
 * package, which no throttling touches (A3, A12). Each return has its own journals, intents and outcome, planned by the same
 * code as that of a single one; what failed for one is the answer of that one.
 *
 * @param name by which arrivals of one return are made one after another
 */
export async function receiveTogether(
  events: readonly ReturnEvent[],
  policy: ArrivalPolicy,
  parts: FscmParts,
  name: (event: ReturnEvent) => string,
  signal?: AbortSignal,
): Promise<(PostedDocuments | LedgerError)[]> {
  const { client, surroundings, store } = parts;
  // Read once for all; who needs it and finds it missing tries again.
  await arrivalSetup(parts, signal).catch(() => undefined);
  const calls = new GatheredCalls(client, events.length, surroundings, signal, (items) =>
    importPackages(items, parts, signal),
  );
  const packageAction = askedOnce(client);
  return sideBySide(events, calls, (event, caller) => {
    const own: ArrivalCalls = {
      readTogether: (paths) => caller.readTogether(paths),
      create: (set, row) => caller.create(set, row),
      createTogether: (set, rows) => caller.createTogether(set, rows),
      patch: (...change) => client.patch(...change),
      list: (...of) => client.list(...of),
      packageAction,
    };
    const together = { ...parts, client: own, apart: client, import: caller.import };
    const receive = (): Promise<PostedDocuments> => receiveGoods(event, [], policy, together, signal);
    return store.exclusive(name(event), receive, signal);
  });
}
