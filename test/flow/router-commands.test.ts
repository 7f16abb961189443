import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCommand, readWho } from '../../nodes/runtime/exception-commands';
import { obeyCommand, type DeskAnswer } from '../../nodes/runtime/exception-desk';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { NOW } from '../support/events';
import { LATER } from '../store/conformance';
import { parkedFor, returnOf, shared } from '../store/conformance-exceptions';

describe('commands of the Exception Router', () => {
  it('are read strictly: nothing is resumed by accident', () => {
    assert.equal(readCommand(undefined, {}), null);
    assert.deepEqual(readCommand('list', 'anything'), {
      command: 'list',
      filter: { limit: 100, status: 'open', sort: 'rank' },
    });
    assert.deepEqual(readCommand('resume', { code: 'sku-blocked' }), {
      command: 'resume',
      selection: { code: 'sku-blocked' },
    });
    assert.deepEqual(readCommand('resume', { all: true }), { command: 'resume', selection: { all: true } });
    for (const [command, payload] of [
      ['resume', {}],
      ['resume', { all: false }],
      ['delete', {}],
      ['list', { limit: 0 }],
      ['assign', { owner: 'data' }],
      ['note', { id: 'x', cause: 'y', text: 'z' }],
      ['resolve', { id: 'x' }],
      ['edit', { id: 'x', changes: { 'order.number': 'shopper@shop.example' } }],
      [7, {}],
    ] as const) {
      assert.throws(() => readCommand(command, payload), { code: 'command-invalid' });
    }
  });

  it('refuse a field that they do not have with a sentence', () => {
    assert.throws(() => readCommand('resume', { idd: 'x', all: true }), {
      message: 'msg.payload.idd does not fit: resume takes id, cause, router, code, owner, all',
    });
  });

  it('R221: no address gets into notes or names', () => {
    const note = readCommand('note', { id: 'x', text: 'asked shopper@shop.example' });
    assert.doesNotMatch(JSON.stringify(note), /shop\.example/);
    assert.equal(readWho('anna'), 'anna');
    assert.equal(readWho(7), 'flow');
    assert.doesNotMatch(readWho('a@shop.example'), /shop\.example/);
  });
});

describe('R141, R152: what a person does with an exception', () => {
  const ask = (store: ReturnsStore, command: string, payload: unknown): Promise<DeskAnswer> => {
    const read = readCommand(command, payload);
    assert.ok(read);
    return obeyCommand(read, { store, source: 'router', who: 'anna', now: LATER });
  };

  it('shows evidence, history, steps, score and siblings; corrects and resumes in one command', async () => {
    const store = await openMemoryStore();
    const one = await returnOf(store, 'R1');
    const other = await returnOf(store, 'R2');
    const { id } = await store.parkException(parkedFor(one, shared('sku-unknown', 'A')), NOW);
    await store.parkException(parkedFor(other, shared('sku-unknown', 'A')), NOW);
    const { payload } = await ask(store, 'edit', { id, changes: { 'lines[0].sku': 'B' }, resume: true });
    const shown = payload as Record<string, unknown>;
    assert.equal(shown['status'], 'resumed');
    assert.equal(shown['siblings'], 1);
    assert.equal(shown['thing'], 'A');
    assert.ok((shown['steps'] as string[]).length > 0);
    assert.equal((shown['lines'] as { received: string }[])[0]?.received, 'A');
    assert.equal((shown['event'] as { lines: { sku: string }[] }).lines[0]?.sku, 'B');
    assert.equal((shown['parts'] as { group: number }).group, 0);
    const [delivery] = await store.takeDeliveries('router', { each: 9 }, LATER);
    assert.equal(delivery?.event.lines[0]?.sku, 'B');
    assert.equal((await ask(store, 'show', { id: 'unknown' })).payload, null);
    await store.close();
  });

  it('assigns, lists and settles all of a cause', async () => {
    const store = await openMemoryStore();
    for (const returnId of ['R1', 'R2', 'R3']) {
      await store.parkException(
        parkedFor(await returnOf(store, returnId), shared('sku-unknown', returnId === 'R3' ? 'B' : 'A')),
        NOW,
      );
    }
    const cause = 'sku-unknown|acme-shoes|A';
    await ask(store, 'assign', { cause, owner: 'finance' });
    const { payload, total } = await ask(store, 'list', { owner: 'finance', olderThan: 0.5 });
    assert.deepEqual([(payload as unknown[]).length, total], [2, 2]);
    assert.equal((await ask(store, 'list', { olderThan: 2 })).total, 0);
    await ask(store, 'resolve', { cause, reason: 'refunded by hand' });
    assert.deepEqual(await store.countExceptions(), { open: 1, byOwner: { data: 1 } });
    await store.close();
  });

  it(
    'settles all 10,000 of a cause, and describes the first 1,000 of them',
    { timeout: 60_000 },
    async () => {
      const store = await openMemoryStore();
      const exception = shared('sku-unknown', 'A');
      const message = '{}';
      for (let at = 0; at < 10_000; at += 1) {
        await store.parkException({ returnKey: `k${at}`, router: 'router', exception, message }, NOW);
      }
      const cause = 'sku-unknown|acme-shoes|A';
      const began = performance.now();
      const { payload, total } = await ask(store, 'resolve', { cause, reason: 'refunded by hand' });
      assert.deepEqual([(payload as unknown[]).length, total], [1000, 10_000]);
      assert.equal((await store.countExceptions()).open, 0);
      assert.ok(performance.now() - began < 20_000);
      await store.close();
    },
  );
});

describe('what belongs to which router', () => {
  const parts = { source: 'mine', who: 'anna', now: LATER, scope: ['mine', 'unwired'] };
  const sourceOf = (router: string): string => (router === 'theirs' ? 'theirs' : 'mine');
  const parkedBy = async (store: ReturnsStore, returnId: string, router: string): Promise<string> => {
    const one = await returnOf(store, returnId);
    return (await store.parkException(parkedFor(one, shared('sku-unknown', 'A'), router), NOW)).id;
  };
  const sources = async (store: ReturnsStore): Promise<Record<string, number>> => {
    const found: Record<string, number> = {};
    for (const source of ['mine', 'theirs', 'unwired', 'gone']) {
      const taken = await store.takeDeliveries(source, { each: 9 }, LATER);
      if (taken.length > 0) found[source] = taken.length;
    }
    return found;
  };
  const command = (name: string, payload: unknown): NonNullable<ReturnType<typeof readCommand>> => {
    const read = readCommand(name, payload);
    assert.ok(read);
    return read;
  };

  it('a group command of one flow leaves the exceptions of another alone', async () => {
    const store = await openMemoryStore();
    for (const router of ['mine', 'unwired', 'theirs']) await parkedBy(store, router, router);
    const cause = 'sku-unknown|acme-shoes|A';
    for (const [name, payload] of [
      ['assign', { cause, owner: 'finance' }],
      ['note', { cause, text: 'asked' }],
      ['resume', { all: true }],
    ] as const) {
      const answer = await obeyCommand(command(name, payload), { ...parts, store, sourceOf });
      assert.equal(answer.total, 2, name);
    }
    assert.deepEqual(await sources(store), { mine: 2 });
    assert.deepEqual(await store.countExceptions(), { open: 1, byOwner: { data: 1 } });
    const theirs = { cause, router: 'theirs', reason: 'x' };
    const answer = await obeyCommand(command('discard', theirs), { ...parts, store, sourceOf });
    assert.equal(answer.total, 1);
    await store.close();
  });

  it('by its id an exception goes on at the router that parked it, where that one lives', async () => {
    const store = await openMemoryStore();
    const mine = await parkedBy(store, 'A1', 'mine');
    const theirs = await parkedBy(store, 'A2', 'theirs');
    const gone = await parkedBy(store, 'A3', 'gone');
    const changes = { 'lines[0].sku': 'B' };
    for (const [name, payload] of [
      ['resume', { id: mine }],
      ['edit', { id: theirs, changes, resume: true }],
      ['resume', { id: gone }],
    ] as const) {
      await obeyCommand(command(name, payload), { ...parts, store, sourceOf });
    }
    assert.deepEqual(await sources(store), { mine: 2, theirs: 1 });
    await store.close();
  });
});
