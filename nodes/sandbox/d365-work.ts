import { LedgerError } from '../returns/failure';
import type { RehearsalEnvironment } from './d365/rehearsal-environment';
import type { SandboxCommand } from './sandbox-commands';

/** Commands that are about Dynamics 365 Finance & Supply Chain Management alone. */
const NAMES = [
  'run-jobs',
  'inspect',
  'stop-order',
  'resume-order',
  'cancel-order',
  'complete-order',
  'decline-payment',
  'set-period',
] as const satisfies readonly SandboxCommand['command'][];

export type D365Command = Extract<SandboxCommand, { command: (typeof NAMES)[number] }>;

export function isD365Command(command: SandboxCommand): command is D365Command {
  return (NAMES as readonly string[]).includes(command.command);
}

/** What a person does, in a few words for the status, and what the command answers. */
interface Done {
  said: string;
  answer: unknown;
}

const PERIODS = { open: 'Open', 'on-hold': 'OnHold', closed: 'Closed' } as const;

/**
 * Does in Finance & SCM what a person does in its own screens. Throws `sandbox-order-unknown`, and `sandbox-refused` where
 * the ERP would not let them.
 */
export function workInD365(command: D365Command, d365: RehearsalEnvironment): Done {
  const { operator } = d365;
  switch (command.command) {
    case 'run-jobs':
      return runJobs(command, d365);
    case 'inspect':
      return inspect(command, d365);
    case 'set-period': {
      const { date, status } = command;
      allowed(() => operator.setPeriod(date, PERIODS[status]));
      return { said: `${date.slice(0, 7)} ${status}`, answer: { date, status } };
    }
    default:
      break;
  }
  const number = numberOf(command.order, d365);
  const answer = { returnOrder: number };
  switch (command.command) {
    case 'stop-order':
      operator.stopOrder(number);
      return { said: `${number} stopped`, answer: { ...answer, stopped: true } };
    case 'resume-order':
      operator.resumeOrder(number);
      return { said: `${number} resumed`, answer: { ...answer, stopped: false } };
    case 'cancel-order':
      allowed(() => operator.cancelOrder(number));
      return { said: `${number} cancelled`, answer: { ...answer, cancelled: true } };
    case 'complete-order':
      operator.completeOrder(number);
      return { said: `${number} completed`, answer: { ...answer, paymentLines: linesOf(number, d365) } };
    case 'decline-payment':
      allowed(() => operator.declinePayment(number, command.line));
      return { said: `${number} declined`, answer: { ...answer, paymentLines: linesOf(number, d365) } };
  }
}

function runJobs({ job }: Extract<D365Command, { command: 'run-jobs' }>, d365: RehearsalEnvironment): Done {
  const before = d365.observer.batchLog().length;
  d365.operator.runBatchJobs(...(job === undefined ? [] : [job]));
  const results = d365.observer.batchLog().slice(before);
  const posted = results.filter(({ result }) => result.success).length;
  const refused = results.length - posted;
  return { said: refused === 0 ? `${posted} posted` : `${posted} posted, ${refused} not`, answer: results };
}

/** Ends the quarantine of one lot, or of all that are in it. */
function inspect(
  { lot, disposition, warehouse, location }: Extract<D365Command, { command: 'inspect' }>,
  d365: RehearsalEnvironment,
): Done {
  const waiting = d365.observer.quarantine().filter(({ ended }) => !ended);
  const chosen = lot === undefined ? waiting : waiting.filter((one) => one.lot === lot);
  if (lot !== undefined && chosen.length === 0) {
    throw new LedgerError({
      code: 'sandbox-lot-unknown',
      class: 'data-invalid',
      message: `The simulated Dynamics 365 has no lot ${lot} in quarantine; it has ${listed(waiting.map((one) => one.lot))}`,
    });
  }
  const decision = {
    ...(disposition === undefined ? {} : { disposition }),
    ...(warehouse === undefined ? {} : { warehouse }),
    ...(location === undefined ? {} : { location }),
  };
  for (const one of chosen) d365.operator.endQuarantine(one.lot, decision);
  const said = chosen.length === 0 ? 'nothing in quarantine' : `${chosen.length} inspected`;
  return {
    said,
    answer: chosen.map(({ order, lot: of, item, quantity }) => ({
      order,
      lot: of,
      item,
      quantity,
      ...decision,
    })),
  };
}

/** A return order by what people know of it. */
function numberOf(order: string, { observer }: RehearsalEnvironment): string {
  const found = observer
    .returnOrders()
    .filter(({ number, rma, reference }) => [number, rma, reference].includes(order));
  if (found.length === 1 && found[0]) return found[0].number;
  const why =
    found.length === 0
      ? `no return order ${order}; the answer to ledger names them`
      : `several return orders ${order}: ${listed(found.map(({ number }) => number))}`;
  throw new LedgerError({
    code: 'sandbox-order-unknown',
    class: 'data-invalid',
    message: `The simulated Dynamics 365 has ${why}`,
  });
}

function linesOf(number: string, { observer }: RehearsalEnvironment): unknown[] {
  return observer.paymentLines().filter(({ order }) => order === number);
}

/** What the ERP would not let a person do. */
function allowed(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    throw new LedgerError({
      code: 'sandbox-refused',
      class: 'data-invalid',
      message: thrown instanceof Error ? thrown.message : String(thrown),
      cause: thrown,
    });
  }
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
