import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { divideEvent } from '../../nodes/returns/division';
import { brightpearlRig, orderWhere, posted, returnOf } from '../support/brightpearl-rig';

describe('a return of which some lines waited', () => {
  it('R21: gets a credit for each part, together what the whole would have got, whichever comes first', async () => {
    const wanted = ({ lines, status }: { lines: readonly unknown[]; status?: unknown }): boolean =>
      lines.length > 1 && status !== 'cancelled';
    const whole = await brightpearlRig();
    const order = orderWhere(whole.world, wanted);
    const total = posted(await whole.credit(returnOf(order))).amount;
    const event = returnOf(order);
    const { first, waiting } = divideEvent(event, new Map([[String(event.lines[0]?.id), 2]]));
    assert.ok(first && waiting);
    for (const parts of [
      [first, waiting],
      [waiting, first],
    ]) {
      const rig = await brightpearlRig();
      const documents = [];
      for (const part of parts) documents.push(posted(await rig.credit(part)));
      // Again, as after a crash: nothing more.
      for (const part of parts) posted(await rig.credit(part));
      const credits = rig.simulator.observer.salesCredits();
      assert.equal(credits.length, 2);
      assert.equal(new Set(documents.map(({ references }) => references['reference'])).size, 2);
      const sum = documents.reduce((minor, { amount }) => minor + (amount?.minor ?? 0), 0);
      assert.equal(sum, total?.minor);
    }
  });
});
