import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LIFECYCLES, SCENARIOS } from '../../scripts/crash/scenarios';
import { runSeed } from '../../scripts/crash/seeds';

for (const scenario of Object.keys(SCENARIOS)) {
  // A return of the whole way has many writes, each of which may be there twice; what is spoilt so is waited for two days.
  const few = LIFECYCLES.includes(scenario);
  describe(
    `T3, ${scenario}: lost, slow and refused calls, duplicates and disorder at once`,
    { timeout: 60_000 },
    () => {
      it('nothing is lost and nothing is there twice', async () => {
        const verdict = await runSeed({ scenario, seed: 7, returns: 80 });
        assert.deepEqual(verdict.findings, []);
        assert.equal(verdict.acknowledged, verdict.returns);
        const parked = Object.values(verdict.parked).reduce((sum, count) => sum + count, 0);
        assert.equal(verdict.posted + parked, verdict.returns);
      });

      it('a seed gives the same result each time', async () => {
        const careless = { scenario, seed: 8, returns: few ? 12 : 30, careless: true };
        assert.deepEqual(await runSeed(careless), await runSeed(careless));
      });

      it('sees the duplicates that come where neither settle time nor unique key stand against them', async () => {
        const verdict = await runSeed({ scenario, seed: 4, returns: few ? 40 : 200, careless: true });
        assert.ok(verdict.duplicate > 0);
      });
    },
  );
}

describe('T3, Dynamics 365 without its settle time', { timeout: 60_000 }, () => {
  it('sees the amounts that are wrong where lines were written twice', async () => {
    const careless = { scenario: 'happy-returns-to-d365', seed: 1, returns: 200, careless: true };
    assert.ok((await runSeed(careless)).wrongAmount > 0);
  });
});
