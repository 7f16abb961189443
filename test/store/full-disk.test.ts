import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { LedgerError } from '../../nodes/returns/failure';
import { openSqliteStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { intake, newEvent, NOW } from '../support/events';

/** A disk of its own of four megabytes in memory; null where this user may not mount one. */
function smallDisk(): string | null {
  const folder = join(mkdtempSync(join(tmpdir(), 'returns-disk-')), 'disk');
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
}

const disk = smallDisk();
const skip = disk === null ? 'this user may not mount a disk' : false;
after(() => {
  if (disk === null) return;
  execFileSync('umount', ['-l', disk], { stdio: 'ignore' });
  rmSync(disk, { recursive: true, force: true });
});

/** Accepts until it fails; gives the ids that were acknowledged, and the failure. */
async function acceptUntilFailure(
  store: ReturnsStore,
): Promise<{ acknowledged: string[]; failure: LedgerError }> {
  const acknowledged: string[] = [];
  for (;;) {
    const one = newEvent();
    try {
      await store.accept(intake([one], { body: 'x'.repeat(5000) }));
      acknowledged.push(one.event.id);
    } catch (thrown) {
      assert.ok(thrown instanceof LedgerError);
      return { acknowledged, failure: thrown };
    }
  }
}

describe('T4: the disk of the store', { skip }, () => {
  it('is full: nothing is acknowledged that is not stored; with room again it goes on by itself', async () => {
    const folder = disk ?? '';
    const filler = join(folder, 'filler');
    writeFileSync(filler, Buffer.alloc(1_200_000));
    const file = join(folder, 'store.db');
    const store = await openSqliteStore({ file });
    const { acknowledged, failure } = await acceptUntilFailure(store);
    assert.deepEqual([failure.code, failure.class], ['store-full', 'transient']);
    assert.ok(acknowledged.length > 5);
    await assert.rejects(store.accept(intake([newEvent()], { body: 'x'.repeat(5000) })), {
      code: 'store-full',
    });
    rmSync(filler);
    const late = newEvent();
    await store.accept(intake([late]));
    const stored = (await store.takeDeliveries('in-1', { each: 1_000_000 }, NOW)).map(
      ({ event }) => event.id,
    );
    assert.deepEqual(stored, [...acknowledged, late.event.id]);
    await store.close();
    rmSync(file);
  });

  it('is read-only: refused, and taken again when it is not', async () => {
    const folder = disk ?? '';
    const file = join(folder, 'other.db');
    const store = await openSqliteStore({ file });
    const first = newEvent();
    await store.accept(intake([first]));
    const kept = await store.countDeliveries(null);
    await store.close();
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    try {
      await assert.rejects(openSqliteStore({ file }), { code: 'store-read-only', class: 'transient' });
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', folder]);
    }
    const again = await openSqliteStore({ file });
    assert.deepEqual(await again.countDeliveries(null), kept);
    await again.accept(intake([newEvent()]));
    await again.close();
  });
});
