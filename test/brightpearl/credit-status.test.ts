import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CreditStatus } from '../../nodes/brightpearl/credit-status';
import { brightpearlSettingsSchema } from '../../nodes/brightpearl/settings';
import { StatusLine } from '../../nodes/runtime/status';
import { createWorld } from '../../nodes/sandbox/world';
import { brightpearlRig, posted, returnOf } from '../support/brightpearl-rig';

/** A backlog at 200 calls a minute; time goes on by hand. */
class Backlog {
  readonly account = {
    callsForReturns: 0,
    callsPerMinute: 200,
    settings: brightpearlSettingsSchema.parse({}),
  };
  readonly status: CreditStatus;
  private now = 0;
  private left: number;

  constructor(returns: number) {
    this.left = returns;
    const line = new StatusLine({ status: () => undefined }, () => this.now);
    this.status = new CreditStatus(line, { invoice: 'never', refund: false }, () => this.now);
  }

  /** So many returns are worked off, each for so many calls. */
  async workOff(returns: number, calls: number): Promise<void> {
    for (let done = 0; done < returns; done += 1) {
      this.now += 3000;
      const ended = this.status.begins(() => Promise.resolve(this.left), this.account);
      await Promise.resolve();
      this.account.callsForReturns += calls;
      this.left -= 1;
      ended();
    }
  }
}

function near(value: number | null, wanted: number): void {
  assert.ok(value !== null && Math.abs(value - wanted) <= wanted * 0.02, `${value} min, ${wanted} wanted`);
}

describe('T12: how long a backlog takes', () => {
  it('is told before it is worked off', async () => {
    const backlog = new Backlog(5000);
    backlog.status.begins(() => Promise.resolve(5000), backlog.account);
    await Promise.resolve();
    near(backlog.status.forecastMinutes(), 5);
  });

  it('follows the pace of the last ones, not that of its beginning', async () => {
    const backlog = new Backlog(5000);
    await backlog.workOff(200, 2);
    near(backlog.status.forecastMinutes(), (4800 * 2) / 200);
    await backlog.workOff(500, 0.25);
    near(backlog.status.forecastMinutes(), (4300 * 0.25) / 200);
  });

  it('does not count what is asked once for each SKU as a cost of each return', async () => {
    const world = createWorld({ seed: 3, orders: 1 });
    const { connector, credit } = await brightpearlRig({ world });
    const skus = world.items.slice(0, 40).map(({ sku }) => sku);
    await connector.findItems(skus);
    assert.equal(connector.calls, skus.length);
    assert.equal(connector.callsForReturns, 0);
    const [order] = world.orders;
    assert.ok(order);
    posted(await credit(returnOf(order)));
    assert.equal(connector.callsForReturns, connector.calls - skus.length);
  });
});
