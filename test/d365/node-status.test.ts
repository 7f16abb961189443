import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { LedgerError } from '../../nodes/returns/failure';
import type { ReturnEvent } from '../../nodes/returns/event';
import { returnOf } from '../support/bc-bench';
import { messageOf } from '../support/brightpearl-nodes';
import { acceptedAs, bcRig, fscmRig, received, type D365NodeType } from '../support/d365-product-rig';

/** The last status of a node once it had time to show it. */
async function lastStatus(
  rig: Awaited<ReturnType<typeof bcRig>> | Awaited<ReturnType<typeof fscmRig>>,
  type: D365NodeType,
  config: Record<string, unknown>,
  of: ReturnEvent,
): Promise<string | undefined> {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const node = rig.node(type, config);
    await node.take(messageOf(of));
    mock.timers.tick(1000);
    const last = node.statuses.at(-1)?.text;
    await node.end();
    return last;
  } finally {
    mock.timers.reset();
  }
}

describe('what the nodes of Dynamics 365 say of themselves', () => {
  it('a credit counts as soon as it is posted, also while its refund is waited for', async () => {
    const rig = await fscmRig();
    const of = returnOf(rig.order());
    await rig.announce(of);
    await rig.receive(acceptedAs(of, 'resellable'));
    rig.connector.bookRefund = () =>
      Promise.reject(
        new LedgerError({ code: 'd365-payment-not-posted', class: 'state-blocked', message: 'not yet' }),
      );
    const config = { refund: 'journal', journalName: 'RETREFUND' };
    assert.equal(
      await lastStatus(rig, 'd365-credit-note', config, acceptedAs(of, 'resellable')),
      '1 held · 1 credited',
    );
  });

  it('where the credit brings the goods in, the arrival says so instead of counting none', async () => {
    const rig = await bcRig();
    const of = returnOf(rig.order());
    await rig.announce(of);
    const config = { journalName: 'RETARR' };
    assert.equal(
      await lastStatus(rig, 'd365-item-arrival', config, received(of)),
      'goods come in with the credit',
    );
  });
});
