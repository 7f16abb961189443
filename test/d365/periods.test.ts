import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closedUntil, joinPeriods, postingDay, type FiscalPeriod } from '../../nodes/d365/fscm/periods';
import { acceptedReturn, creditRig, failureOf, orderWith } from '../support/d365-credit-rig';

const month = (name: string, shut = ''): FiscalPeriod => ({
  name,
  start: `${name}-01`,
  end: `${name}-28`,
  shut,
});

describe('R163, R164: the day that a credit is posted on', () => {
  const february = month('2026-02', 'closed');

  it('is its own where its period is open', () => {
    const day = postingDay('2026-02-10', [month('2026-02')], 'park');
    assert.deepEqual(day, { day: '2026-02-10', deferredFrom: null });
  });

  it('is the first open day after it, over several shut periods, and keeps the day it belongs to', () => {
    const periods = [february, month('2026-03', 'on hold'), month('2026-04')];
    assert.deepEqual(postingDay('2026-02-10', periods, 'defer'), {
      day: '2026-04-01',
      deferredFrom: '2026-02-10',
    });
  });

  it('is finance’s to decide where that is the policy, or no later period is open', () => {
    for (const [periods, policy] of [
      [[february, month('2026-03')], 'park'],
      [[february], 'defer'],
    ] as const) {
      const day = postingDay('2026-02-10', periods, policy);
      assert.ok('problem' in day);
      assert.equal(day.problem.code, 'period-closed');
      assert.match(day.problem.what, /2026-02-10.*2026-02 is closed/);
    }
  });

  it('is none where the calendar does not have it', () => {
    const day = postingDay('2026-01-10', [month('2026-02')], 'park');
    assert.ok('problem' in day);
    assert.match(day.problem.what, /no period for it/);
  });
});

describe('R163: until when the books are closed', () => {
  it('is the end of the last shut period that has begun, and of those that follow it shut', () => {
    const shut = (name: string): FiscalPeriod => month(name, 'closed');
    assert.equal(closedUntil([month('2026-01'), month('2026-02')], '2026-02-10'), null);
    assert.equal(closedUntil([shut('2026-01'), month('2026-02')], '2026-02-10'), '2026-01-28');
    // Periods of the year to come that nobody has opened yet close nothing.
    assert.equal(
      closedUntil([shut('2026-01'), month('2026-02'), shut('2026-05')], '2026-02-10'),
      '2026-01-28',
    );
  });
});

describe('R163: fiscal periods of the company', () => {
  it('are shut where an access level that a credit needs is None', () => {
    const dates = [
      {
        Calendar: 'CAL',
        FiscalYear: '2026',
        PeriodName: 'Period 2',
        StartDate: '2026-02-01T00:00:00Z',
        EndDate: '2026-02-28T00:00:00Z',
        Type: 'Operating',
      },
      {
        Calendar: 'CAL',
        FiscalYear: '2026',
        PeriodName: 'Period 13',
        StartDate: '2026-12-31T00:00:00Z',
        EndDate: '2026-12-31T00:00:00Z',
        Type: 'Closing',
      },
    ];
    const state = { Calendar: 'CAL', YearName: '2026', PeriodName: 'Period 2', PeriodStatus: 'Open' };
    const shutOf = (change: Record<string, string>): string | undefined =>
      joinPeriods([{ ...state, ...change }], dates)[0]?.shut;
    assert.equal(shutOf({}), '');
    assert.equal(shutOf({ SalesAccessLevel: 'None' }), 'shut for Sales');
    assert.equal(shutOf({ CustAccessLevel: 'User' }), '');
    assert.equal(shutOf({ PeriodStatus: 'OnHold' }), 'on hold');
    assert.equal(joinPeriods([{ ...state, PeriodName: 'Period 13' }], dates).length, 0);
  });

  it('are read from two sets, and once for a while', async () => {
    const { simulator, connector, time } = await creditRig();
    simulator.operator.setPeriod('2026-01-15', 'Closed');
    assert.equal(await connector.closedUntil(), '2026-01-31');
    simulator.operator.setPeriod('2026-02-15', 'OnHold');
    assert.equal(await connector.closedUntil(), '2026-01-31', 'remembered');
    await time.wait(60_000);
    assert.equal(await connector.closedUntil(), '2026-02-28');
  });

  it('are a matter of set-up for credits where the company has none, and stop nothing else', async () => {
    const rig = await creditRig();
    const of = acceptedReturn(orderWith(rig.world, 1));
    await rig.ordered(of);
    for (const { id } of of.lines) await rig.arrive(of, id);
    rig.simulator.change('LedgerFiscalPeriods', () => true, { LegalEntityId: 'other' });
    assert.equal(await rig.connector.closedUntil(), null);
    const error = await failureOf(rig.post(of));
    assert.deepEqual([error.code, error.class], ['d365-periods-missing', 'config']);
    assert.deepEqual(rig.simulator.observer.creditNotes(), []);
  });
});
