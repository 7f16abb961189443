import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MOST_CODES, SightingLog } from '../../nodes/runtime/sighting-log';
import type { SeenCode } from '../../nodes/runtime/mappings-node';
import type { NewSighting } from '../../nodes/store/mapping';
import { NOW } from '../support/events';

interface Rig {
  log: SightingLog;
  written: (readonly NewSighting[])[];
  /** Ends the wait that is under way. */
  passTime: () => void;
  settled: () => Promise<void>;
  waits: number[];
}

function rig(fails = 0): Rig {
  const written: (readonly NewSighting[])[] = [];
  const waits: number[] = [];
  const running: Promise<void>[] = [];
  let failuresLeft = fails;
  let pass: () => void = () => undefined;
  const log = new SightingLog({
    node: 'm1',
    store: () =>
      Promise.resolve({
        recordSightings: (_node, sightings) => {
          if (failuresLeft > 0) {
            failuresLeft -= 1;
            return Promise.reject(new Error('full'));
          }
          written.push(sightings);
          return Promise.resolve();
        },
      }),
    surroundings: {
      clock: { now: () => Date.parse(NOW) },
      wait: (ms) => {
        waits.push(ms);
        return new Promise((resolve) => (pass = resolve));
      },
    },
    background: (work) => void running.push(work().catch(() => undefined)),
    signal: new AbortController().signal,
  });
  return {
    log,
    written,
    waits,
    passTime: () => pass(),
    settled: () => Promise.all(running).then(() => undefined),
  };
}

const reason = (code: string | null, brand = 'acme'): SeenCode => ({
  table: 'reason',
  keys: { reason: code },
  brand,
});

describe('R65: the count of codes that came in', () => {
  it('a burst of returns is one small write, some seconds later', async () => {
    const { log, written, waits, passTime, settled } = rig();
    for (let at = 0; at < 300; at += 1) log.note([reason('wet'), reason('dry', 'other')]);
    assert.equal(written.length, 0);
    assert.deepEqual(waits, [5000]);
    passTime();
    await settled();
    assert.deepEqual(
      written[0]?.map(({ keys, brand, times, firstAt }) => [keys['reason'], brand, times, firstAt]),
      [
        ['wet', 'acme', 300, NOW],
        ['dry', 'other', 300, NOW],
      ],
    );
  });

  it('what has no code is nothing that a row could be added for', async () => {
    const { log, written, waits } = rig();
    log.note([reason(null), reason(' '), { table: 'bundle', keys: { component: 'x' }, brand: 'a' }]);
    // An item that the platform names in no way.
    log.note([{ table: 'sku', keys: { by: 'sku', code: null }, brand: 'a' }]);
    await log.write();
    assert.deepEqual([written, waits], [[], []]);
    log.note([{ table: 'disposition', keys: { disposition: ' resell\u0000', condition: null }, brand: 'a' }]);
    await log.write();
    assert.deepEqual(written[0]?.[0]?.keys, { disposition: 'resell', condition: '' });
  });

  it('many different codes are written before the time, and never fill the memory', async () => {
    const { log, written, passTime, settled } = rig();
    for (let at = 0; at < MOST_CODES * 2; at += 1) log.note([reason(`r${at}`)]);
    await log.write();
    passTime();
    await settled();
    assert.equal(written.flat().length, new Set(written.flat().map(({ keys }) => keys['reason'])).size);
    assert.ok(written.flat().length <= MOST_CODES);
    assert.ok(written.flat().length >= 500);
  });

  it('where the store cannot take it, it is counted on', async () => {
    const { log, written } = rig(1);
    log.note([reason('wet')]);
    await assert.rejects(log.write(), /full/);
    log.note([reason('wet')]);
    await log.write();
    assert.equal(written[0]?.[0]?.times, 2);
  });
});
