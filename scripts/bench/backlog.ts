import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareIntake } from '../../nodes/happy-returns/intake';
import { createVocabulary } from '../../nodes/happy-returns/vocabulary';
import { IDS } from './flows';
import { returnsOf, shopOf, storyOf } from './payload';
import { openStore } from './store-target';

/**
 * Makes a store as a process leaves it that was killed in the middle of much work: both events of each return open,
 * and some return orders begun by an owner that is no more.
 *
 * @returns the store's file, and the folder that holds nothing else
 */
export async function makeBacklog(
  returns: number,
  inDoubt: number,
): Promise<{ file: string; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'returns-backlog-'));
  const file = join(folder, 'bench.db');
  const store = await openStore({ driver: 'sqlite', file });
  const world = shopOf(returns);
  const settings = {
    source: IDS.in,
    vocabulary: createVocabulary([]),
    retailers: new Set([world.brand]),
    personToken: (identity: string) => store.personToken(identity),
    knownOrders: () => Promise.resolve([]),
  };
  const now = new Date().toISOString();
  const keys: string[] = [];
  let group: Promise<unknown>[] = [];
  for (const simulated of returnsOf(world)) {
    // The start without its method: one event, so that two webhooks are two deliveries.
    for (const body of storyOf(world, simulated, { single: true })) {
      const { intake } = await prepareIntake(body, true, now, settings);
      keys.push(...intake.events.map((event) => event.returnKey));
      group.push(store.accept(intake));
    }
    if (group.length < 200) continue;
    await Promise.all(group);
    group = [];
  }
  await Promise.all(group);
  for (const key of [...new Set(keys)].slice(0, inDoubt)) {
    const intent = {
      connectionId: IDS.connection,
      kind: 'return-order',
      key,
      returnKey: key,
      reference: key,
    };
    await store.beginIntent(intent, now);
  }
  await store.close();
  return { file, folder };
}
