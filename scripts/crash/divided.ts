import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIVISION_FAULT_POINTS, type DivisionFaultPoint } from '../../nodes/store/fault-point';
import { DIVIDED_STORE, dividedFlow, FLAKY_ERP, type DividedTold } from '../divided-flow';
import { GateBooks } from '../gate-flow';
import { checkDivisions, planDivisions, type PlannedDivision } from './divided-plan';
import { Instance } from './instance';
import { PointKills } from './point-kills';
import type { TestReport } from './report';
import type { Run } from './tests';

/** It is armed for the n-th time that a process comes there, with n drawn from 1 to this. */
const MOST_PASSES: Readonly<Record<DivisionFaultPoint, number>> = {
  'division-in-transaction': 12,
  'divided-before-sent': 20,
  'part-before-emit': 10,
  'part-emitted': 10,
};

/**
 * T9: kills Node-RED at each named place of dividing returns while their events come in, and what the ERP says of an item
 * changes from one to the next. Counts outside that each line of each event came out, and none with both parts.
 */
export async function divided(run: Run): Promise<TestReport[]> {
  const began = performance.now();
  const books = await GateBooks.open<DividedTold>();
  const instance = await Instance.create('divided');
  mkdirSync(join(instance.userDir, 'nodes'), { recursive: true });
  for (const [name, text] of Object.entries(FLAKY_ERP)) {
    writeFileSync(join(instance.userDir, 'nodes', name), text);
  }
  const test = new DividedKills(run, books, instance);
  try {
    await test.carryOut();
    return [test.counted((performance.now() - began) / 1000)];
  } finally {
    await instance.end();
    await books.close();
  }
}

class DividedKills extends PointKills<DivisionFaultPoint, PlannedDivision> {
  constructor(
    run: Run,
    private readonly books: GateBooks<DividedTold>,
    instance: Instance,
  ) {
    super(run, instance, {
      name: 'T9 kill -9 while dividing returns',
      points: DIVISION_FAULT_POINTS,
      mostPasses: MOST_PASSES,
      salt: 9,
      plan: planDivisions,
      storeId: DIVIDED_STORE,
      endLimitMs: 120_000,
    });
  }

  protected override flow(): unknown {
    return dividedFlow(this.books.url);
  }

  /** The check itself holds nothing; its parts are deliveries. */
  protected override waiting(): Promise<number> {
    return Promise.resolve(0);
  }

  counted(seconds: number): TestReport {
    const { divided: count, sentAgain, ...verdict } = checkDivisions(this.planned, this.books.told);
    const notes = [`${count} returns went on in two parts; ${sentAgain} parts told again after a crash`];
    return this.report(verdict, notes, seconds);
  }
}
