import { LedgerError } from '../returns/failure';
import type { SandboxCommand } from './sandbox-commands';
import type { Vendors } from './vendors';

/** Commands that a person could do in one or the other ERP by hand, past the flow. */
export type HandCommand = Extract<
  SandboxCommand,
  { command: 'lock' | 'unlock' | 'foreign-credit' | 'block' | 'unblock' }
>;

const HAND_COMMANDS: readonly string[] = ['lock', 'unlock', 'foreign-credit', 'block', 'unblock'];

export function isHandCommand(command: SandboxCommand): command is HandCommand {
  return HAND_COMMANDS.includes(command.command);
}

/** Does it, and tells in a few words what was done, with what the command answers. */
export function doByHand(command: HandCommand, vendors: Vendors): { said: string; answer: object } {
  switch (command.command) {
    case 'lock':
    case 'unlock':
      return setLock(command, vendors);
    case 'foreign-credit':
      return foreignCredit(command, vendors);
    case 'block':
    case 'unblock':
      return setBlocked(command.sku, command.command === 'block', vendors);
  }
}

function setLock(
  command: Extract<HandCommand, { command: 'lock' | 'unlock' }>,
  vendors: Vendors,
): { said: string; answer: object } {
  const { order, system } = command;
  const locked = command.command === 'lock';
  const said = `${order} ${locked ? 'locked' : 'unlocked'}`;
  if (system === 'businessCentral') {
    const creditMemos = draftsOf(order, vendors).map(({ id, number }) => {
      vendors.businessCentral().setDraftStatus(id, locked ? 'In Review' : 'Draft');
      return number;
    });
    return { said, answer: { order, locked, creditMemos } };
  }
  const id = brightpearlId(order, vendors);
  if (command.command === 'unlock') {
    vendors.brightpearl().unlockOrder(id);
    return { said, answer: { order, locked } };
  }
  vendors.brightpearl().lockOrder(id, command.shown);
  return { said, answer: { order, locked, shown: command.shown } };
}

function foreignCredit(
  { order, system }: Extract<HandCommand, { command: 'foreign-credit' }>,
  vendors: Vendors,
): { said: string; answer: object } {
  const said = `credit on ${order}`;
  if (system === 'brightpearl') {
    const salesCredit = vendors.brightpearl().addForeignCredit(brightpearlId(order, vendors));
    return { said, answer: { order, salesCredit } };
  }
  // Business Central says so only by an error of its own, which is no sentence for people.
  const invoiced = vendors.world.orders.some(
    ({ number, state }) => number === order && CREDITED.includes(state),
  );
  if (!invoiced) throw orderUnknown('Business Central', order);
  return { said, answer: { order, creditMemo: vendors.businessCentral().addForeignCreditMemo(order) } };
}

/** States of orders of which Business Central has a posted invoice and its customer. */
const CREDITED: readonly string[] = ['invoiced'];

/** A person in each ERP stops the item, or lets it be sold again. */
function setBlocked(sku: string, blocked: boolean, vendors: Vendors): { said: string; answer: object } {
  const brightpearl = vendors.brightpearl();
  const item = vendors.world.items.find((known) => known.sku === sku);
  if (!item || brightpearl.productId(sku) === undefined) {
    throw new LedgerError({
      code: 'sandbox-item-unknown',
      class: 'data-invalid',
      message: `The simulated ERPs have no item ${sku}`,
    });
  }
  brightpearl.setProductStatus(sku, blocked ? 'ARCHIVED' : 'LIVE');
  // The ERPs of Dynamics 365 take the item over when its state changes; what a person changed there is changed besides.
  if (blocked) item.state = 'stopped';
  else if (item.state === 'stopped') item.state = 'active';
  vendors.d365.change('ProductDefaultOrderSettings', (row) => row['ItemNumber'] === sku, {
    IsSalesProcessingStopped: blocked ? 'Yes' : 'No',
  });
  vendors.businessCentral().blockItem(sku, { blocked });
  return { said: `${sku} ${blocked ? 'blocked' : 'unblocked'}`, answer: { sku, blocked } };
}

/** Drafts of credit memos, by their number or the number that we gave them. */
function draftsOf(order: string, vendors: Vendors): { id: string; number: string }[] {
  const found = vendors
    .businessCentral()
    .observer.drafts()
    .filter(({ number, externalNumber }) => number === order || externalNumber === order);
  if (found.length > 0) return found;
  throw new LedgerError({
    code: 'sandbox-order-unknown',
    class: 'data-invalid',
    message: `The simulated Business Central has no draft credit memo ${order}; the answer to ledger names them`,
  });
}

/** The id of a shop order in Brightpearl; one that was never imported is not known there. */
function brightpearlId(order: string, vendors: Vendors): number {
  const id = vendors.brightpearl().orderId(order);
  if (id !== undefined) return id;
  throw orderUnknown('Brightpearl', order);
}

function orderUnknown(erp: string, order: string): LedgerError {
  return new LedgerError({
    code: 'sandbox-order-unknown',
    class: 'data-invalid',
    message: `The simulated ${erp} has no order ${order}; the answer to send names the orders of the returns`,
  });
}
