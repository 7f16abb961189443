import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runSeed } from '../../scripts/crash/seeds';

describe('T3: lost, slow and refused calls, duplicates and disorder at once', { timeout: 60_000 }, () => {
  it('nothing is lost and nothing is there twice', async () => {
    const verdict = await runSeed({ seed: 7, returns: 80 });
    assert.deepEqual(verdict.findings, []);
    assert.equal(verdict.acknowledged, verdict.returns);
    const parked = Object.values(verdict.parked).reduce((sum, count) => sum + count, 0);
    assert.equal(verdict.posted + parked, verdict.returns);
  });

  it('a seed gives the same result each time', async () => {
    assert.deepEqual(
      await runSeed({ seed: 8, returns: 30, settleSeconds: 0 }),
      await runSeed({ seed: 8, returns: 30, settleSeconds: 0 }),
    );
  });

  it('sees the duplicates that come of a look-up before the settle time is over', async () => {
    const verdict = await runSeed({ seed: 1, returns: 200, settleSeconds: 0 });
    assert.ok(verdict.duplicate > 0 && verdict.wrongAmount > 0);
  });
});
