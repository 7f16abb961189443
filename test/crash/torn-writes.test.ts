import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { tornWrites } from '../../scripts/crash/torn-writes';

const folder = mkdtempSync(join(tmpdir(), 'torn-writes-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('T2, power cut: the log is torn where it was not yet synced', { timeout: 60_000 }, () => {
  it('5 cuts: nothing that was acknowledged is lost or repeated, and the store opens each time', async () => {
    const cuts: string[] = [];
    const tell = (line: string): void => void cuts.push(line);
    const result = await tornWrites({ cuts: 5, seed: 7, folder: join(folder, 'sound'), tell });
    const { acknowledged, seconds, ...counts } = result;
    assert.deepEqual(
      counts,
      { cuts: 5, lost: 0, repeated: 0, torn: 5, recovered: 5, refused: 0 },
      cuts.join('\n'),
    );
    assert.ok(acknowledged > 0);
    assert.ok(seconds > 0);
  });

  it('sees the loss where a disk drops what it has synced', async () => {
    const result = await tornWrites({ cuts: 5, seed: 7, folder: join(folder, 'broken'), breakSynced: true });
    assert.ok(result.lost > 0);
  });
});
