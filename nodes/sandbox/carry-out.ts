import { LedgerError } from '../returns/failure';
import { doByHand, isHandCommand } from './by-hand';
import { CHECK_CASES, makeCheckCase, makeWaitCase, WAIT_CASES, type MadeCase } from './check-cases';
import { isD365Command, workInD365 } from './d365-work';
import { turnDials } from './dials';
import type { SimulatedReturn } from './happy-returns/generator';
import type { Deliver } from './happy-returns/happy-returns-simulator';
import { mend } from './mend';
import type { SandboxCommand } from './sandbox-commands';
import type { Vendors } from './vendors';

/** What a command needs besides the vendors. */
export interface Stage {
  vendors: Vendors;
  /** Sends a webhook to the flow. */
  deliver: Deliver;
  /** Where that is, for people. */
  path: string;
  /** Returns that are sent where the command names no number. */
  count: number;
  /** Says in a few words what is under way, and what is done. */
  status: { busy(text: string): void; ok(text: string): void };
}

type Wanted<Name extends SandboxCommand['command']> = Extract<SandboxCommand, { command: Name }>;

/** Carries a command out, and gives what it answers. */
export async function carryOut(command: SandboxCommand, stage: Stage): Promise<unknown> {
  const { vendors, status } = stage;
  if (isHandCommand(command) || isD365Command(command)) {
    const { said, answer } = isHandCommand(command)
      ? doByHand(command, vendors)
      : workInD365(command, vendors.d365);
    status.ok(said);
    return answer;
  }
  switch (command.command) {
    case 'send':
      return send(command, stage);
    case 'checks':
      return checks(command, stage);
    case 'waits':
      return waits(stage);
    case 'arrive':
      return arrive(command, stage);
    case 'ledger':
      return ledgerOf(command.system, vendors).changes();
    case 'dials':
      return dials(command, stage);
    case 'mend': {
      const mended = mend(command.trouble, vendors);
      status.ok(mended.length === 0 ? 'nothing to mend' : `${mended.length} mended`);
      return { trouble: command.trouble, mended };
    }
  }
}

function ledgerOf(system: Wanted<'ledger'>['system'], vendors: Vendors): { changes(): object } {
  return system === 'd365' ? vendors.d365 : vendors[system]();
}

/**
 * What is besides in a plan. Exceptions: one return of each trouble that a person can mend; the usual mix has fewer.
 * Exchanges: some returns of one piece that the shopper wants exchanged.
 */
const MIXES = {
  usual: undefined,
  exceptions: { blockedSku: 1, discontinuedSku: 1, unknownSku: 1, unknownOrder: 1, openOrder: 1 },
  exchanges: { exchange: 4 },
} as const;

async function send({ count, mix = 'usual' }: Wanted<'send'>, stage: Stage): Promise<object[]> {
  const { happyReturns } = stage.vendors;
  const { planned, posts } = happyReturns.plan(count ?? stage.count, MIXES[mix]);
  stage.status.busy(`sending ${posts.length} webhooks`);
  const before = happyReturns.observer.acknowledged();
  await happyReturns.send(posts, stage.deliver);
  if (happyReturns.observer.acknowledged() === before) throw notReceived(stage.path);
  stage.status.ok(`${planned.length} returns sent`);
  return planned;
}

/** One return for each case of a check that the ERP can tell, so that a person sees each of them. */
async function checks({ system }: Wanted<'checks'>, stage: Stage): Promise<object[]> {
  const wanted = CHECK_CASES.filter(({ erps }) => system === undefined || erps.includes(system));
  const made = wanted.map((of) => ({ of, ...makeCheckCase(of, stage.vendors) }));
  await sendMade(made, stage);
  return made.map(({ of, simulated }) => {
    const { check, code, what, erps, needsAmounts = false, needsMappings = false } = of;
    return { ...named(simulated), check, expectation: code, what, erps, needsAmounts, needsMappings };
  });
}

/** One return for each wait of the Return Gate. */
async function waits(stage: Stage): Promise<object[]> {
  const made = WAIT_CASES.map((of) => ({ of, ...makeWaitCase(of, stage.vendors) }));
  await sendMade(made, stage);
  return made.map(({ of: { wait, what }, simulated }) => ({ ...named(simulated), wait, what }));
}

function named({ id, expressCode, units }: SimulatedReturn): object {
  return { returnId: id, expressCode, orders: [...new Set(units.map(({ order }) => order.number))] };
}

async function sendMade(made: readonly MadeCase[], stage: Stage): Promise<void> {
  const { happyReturns } = stage.vendors;
  const posts = made.flatMap((one) => one.posts);
  stage.status.busy(`sending ${posts.length} webhooks`);
  const before = happyReturns.observer.acknowledged();
  await happyReturns.send(posts, stage.deliver);
  if (happyReturns.observer.acknowledged() === before) throw notReceived(stage.path);
  stage.status.ok(`${made.length} returns sent`);
}

async function arrive({ count, outcome }: Wanted<'arrive'>, stage: Stage): Promise<object[]> {
  const { happyReturns } = stage.vendors;
  const onTheWay = happyReturns.observer.onTheWay();
  if (onTheWay === 0) {
    stage.status.ok('nothing is on the way');
    return [];
  }
  stage.status.busy(`${Math.min(onTheWay, count ?? onTheWay)} returns arrive`);
  const arrived = await happyReturns.arrive({ count, outcome }, stage.deliver);
  if (arrived.length === 0) throw notReceived(stage.path);
  stage.status.ok(`${arrived.length} returns arrived`);
  return arrived;
}

function dials(command: Wanted<'dials'>, { vendors, status }: Stage): object {
  const { d365, happyReturns } = vendors;
  const brightpearl = vendors.brightpearl();
  const businessCentral = vendors.businessCentral();
  turnDials([
    { vendor: 'Dynamics 365', dials: d365.dials, changes: command.d365 },
    { vendor: 'Business Central', dials: businessCentral.dials, changes: command.businessCentral },
    { vendor: 'Happy Returns', dials: happyReturns.dials, changes: command.happyReturns },
    { vendor: 'Brightpearl', dials: brightpearl.dials, changes: command.brightpearl },
  ]);
  status.ok('dials set');
  return {
    d365: { ...d365.dials },
    businessCentral: { ...businessCentral.dials },
    happyReturns: { ...happyReturns.dials },
    brightpearl: { ...brightpearl.dials },
  };
}

function notReceived(path: string): LedgerError {
  return new LedgerError({
    code: 'sandbox-not-received',
    class: 'config',
    message: `No webhook was accepted at ${path}: is a Happy Returns In node with this path and a sandbox account deployed?`,
  });
}
