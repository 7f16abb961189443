import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATE_FAULT_POINTS, type GateFaultPoint } from '../../nodes/store/fault-point';
import { CREDIT_NODE, GATE_STORE, GateBooks, gateFlow } from '../gate-flow';
import { checkGate, planCases, type PlannedCase } from './gate-plan';
import { Instance } from './instance';
import { PointKills } from './point-kills';
import type { TestReport } from './report';
import type { Run } from './tests';

/** Waits are short, so that limits pass while the returns come in. */
const SECONDS = 1 / 86_400;
const SETTINGS = {
  name: 'Crash',
  confirm: true,
  handoverDays: 20 * SECONDS,
  arrivalDays: 20 * SECONDS,
  inspectionDays: 4 * SECONDS,
  creditHours: 1,
};

/** It is armed for the n-th time that a process comes there, with n drawn from 1 to this. */
const MOST_PASSES: Readonly<Record<GateFaultPoint, number>> = {
  'gate-before-stored': 30,
  'gate-in-transaction': 30,
  'gate-stored': 30,
  'gate-before-review': 3,
  'gate-reviewed': 3,
  'gate-before-emit': 8,
  'gate-emitted': 8,
};

/**
 * T8: kills Node-RED at each named place of a gate while events come in, in any order, again and again, and counts outside
 * what came out: each accepted return once, its refund confirmed once and after it, each rejected one at its own output, and
 * each that waits for too long with its owner, once.
 */
export async function gate(run: Run): Promise<TestReport[]> {
  const began = performance.now();
  const books = await GateBooks.open();
  const instance = await Instance.create('gate');
  mkdirSync(join(instance.userDir, 'nodes'), { recursive: true });
  for (const [name, text] of Object.entries(CREDIT_NODE)) {
    writeFileSync(join(instance.userDir, 'nodes', name), text);
  }
  const test = new GateKills(run, books, instance);
  try {
    await test.carryOut();
    return [test.counted((performance.now() - began) / 1000)];
  } finally {
    await instance.end();
    await books.close();
  }
}

class GateKills extends PointKills<GateFaultPoint, PlannedCase> {
  constructor(
    run: Run,
    private readonly books: GateBooks,
    instance: Instance,
  ) {
    super(run, instance, {
      name: 'T8 kill -9 at a gate',
      points: GATE_FAULT_POINTS,
      mostPasses: MOST_PASSES,
      salt: 8,
      plan: planCases,
      storeId: GATE_STORE,
      endLimitMs: 120_000,
    });
  }

  protected override flow(): unknown {
    return gateFlow(this.books.url, SETTINGS);
  }

  /** Lets every limit pass. */
  protected override async waiting(): Promise<number> {
    const { body } = await this.command('status');
    const counts = JSON.parse(body || '{}') as { held?: number; released?: number; overLimit?: number };
    return (counts.held ?? 1) + (counts.released ?? 0) - (counts.overLimit ?? 0);
  }

  counted(seconds: number): TestReport {
    const { sentAgain, ...verdict } = checkGate(this.planned, this.books.told);
    return this.report(verdict, [`${sentAgain} deliveries told again after a crash`], seconds);
  }
}
