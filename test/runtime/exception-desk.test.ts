import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE } from '../../nodes/returns/exception-catalogue';
import { readCommand } from '../../nodes/runtime/exception-commands';
import { obeyCommand } from '../../nodes/runtime/exception-desk';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { LATER } from '../store/conformance';
import { parkedFor, returnOf, shared } from '../store/conformance-exceptions';
import { NOW } from '../support/events';

describe('R152: what the catalogue says comes with an exception that is asked for', () => {
  it('a list has its title; show has meaning, evidence, priority, what closes it, and the page of the guide', async () => {
    const store = await openMemoryStore();
    try {
      const one = await returnOf(store, 'R1');
      const { id } = await store.parkException(parkedFor(one, shared('sku-unknown', 'A')), NOW);
      const parts = { store, source: 'router', who: 'anna', now: LATER };
      const command = (name: string, payload: object): Promise<{ payload: unknown }> => {
        const read = readCommand(name, payload);
        assert.ok(read);
        return obeyCommand(read, parts);
      };
      const [listed] = (await command('list', {})).payload as Record<string, unknown>[];
      const shown = (await command('show', { id })).payload as Record<string, unknown>;
      const { title, meaning, evidence, priority, closes } = CATALOGUE['sku-unknown'];
      assert.equal(listed?.['title'], title);
      assert.equal(listed['meaning'], undefined, 'a list of a thousand stays short');
      assert.deepEqual(
        ['title', 'meaning', 'evidence', 'priority', 'closes', 'guide'].map((name) => shown[name]),
        [title, meaning, evidence, priority, closes, 'docs/exceptions.md#sku-unknown'],
      );
    } finally {
      await store.close();
    }
  });
});
