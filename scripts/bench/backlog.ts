import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { prepareIntake } from '../../nodes/happy-returns/intake';
import { createVocabulary } from '../../nodes/happy-returns/vocabulary';
import { returnsOf, shopOf, storyOf } from './payload';
import { openStore, storeIn } from './store-target';

export interface Backlog {
  /** The store's file, and the folder that holds nothing else. */
  file: string;
  folder: string;
  deliveries: number;
}

export interface BacklogWish {
  returns: number;
  /** The In node that took the webhooks. */
  source: string;
  /** Which webhooks of each return came: 0 the start, 1 the drop-off. One event each. */
  steps: readonly number[];
  /** So many documents were begun by an owner that is no more. */
  inDoubt?: { count: number; kind: string; connectionId: string };
}

/** Makes a store as a process leaves it that was killed in the middle of much work. */
export async function makeBacklog({ returns, source, steps, inDoubt }: BacklogWish): Promise<Backlog> {
  const folder = mkdtempSync(join(tmpdir(), 'returns-backlog-'));
  const file = join(folder, 'bench.db');
  const store = await openStore({ driver: 'sqlite', file });
  const world = shopOf(returns);
  const settings = {
    source,
    vocabulary: createVocabulary([]),
    retailers: new Set([world.brand]),
    personToken: (identity: string) => store.personToken(identity),
    knownOrders: () => Promise.resolve([]),
  };
  const now = new Date().toISOString();
  const keys: string[] = [];
  let group: Promise<unknown>[] = [];
  for (const simulated of returnsOf(world)) {
    // One event each, so that each webhook is one delivery.
    const story = storyOf(world, simulated, { single: true });
    for (const body of story.filter((_, step) => steps.includes(step))) {
      const { intake } = await prepareIntake(body, true, now, settings);
      keys.push(...intake.events.map((event) => event.returnKey));
      group.push(store.accept(intake));
    }
    if (group.length < 200) continue;
    await Promise.all(group);
    group = [];
  }
  await Promise.all(group);
  for (const key of [...new Set(keys)].slice(0, inDoubt?.count ?? 0)) {
    const { kind = '', connectionId = '' } = inDoubt ?? {};
    await store.beginIntent({ connectionId, kind, key, returnKey: key, reference: key }, now);
  }
  await store.close();
  return { file, folder, deliveries: keys.length };
}

/** Puts it in the place of the store of a Node-RED that does not run. */
export function putBacklog({ file }: Pick<Backlog, 'file'>, userDir: string): void {
  const store = storeIn(userDir);
  mkdirSync(dirname(store.file), { recursive: true });
  for (const tail of ['-wal', '-shm']) rmSync(`${store.file}${tail}`, { force: true });
  copyFileSync(file, store.file);
}
