import { z } from 'zod';
import { batchKey, closedBatchSchema } from '../returns/batch';
import { returnKey, returnMessageSchema } from '../returns/event';
import { exceptionSchema, type ReturnException } from '../returns/exception';
import { OWNERS } from '../returns/exception-catalogue';
import { LedgerError } from '../returns/failure';
import { ownerOf } from '../returns/ownership';
import { instantOf, systemClock } from '../returns/time';
import { defineNode, livingBehaviour, neighboursOf, type NodeContext } from '../runtime/define-node';
import { DeliverySource } from '../runtime/delivery-source';
import type { NodeMessage, NodeRed, SendValue } from '../runtime/node-red';
import { isWired, storedMessage } from '../runtime/raise-exception';
import { storeOf } from '../runtime/returns-store';
import { faultPoint } from '../store/fault-point';
import type { ReturnsStore } from '../store/store';
import { EXCEPTION_ROUTER, serveExceptions, type RouterBehaviour } from './router-admin';
import { AlertWatch } from './alert-watch';
import { outputsOf } from './router-outputs';
import { readCommand, readWho, sendsOn, type RouterCommand } from '../runtime/exception-commands';
import { obeyCommand, type DeskAnswer } from '../runtime/exception-desk';

const configSchema = z.object({
  name: z.string().default(''),
  store: z.string().min(1, 'choose a returns store'),
  /** Each owner has an output of its own, in this order. */
  owners: z
    .array(z.string().trim().min(1))
    .min(1, 'name at least one owner')
    .max(20)
    .default([...OWNERS]),
  /** Whom a code or a class belongs to; the rest is the catalogue's. A row that is not filled in yet says nothing. */
  table: z
    .array(z.object({ match: z.string().trim(), owner: z.string().trim() }))
    .max(500)
    .default([])
    .transform((rows) => rows.filter(({ match, owner }) => match !== '' && owner !== '')),
  /** Gets what belongs to an owner without an output; blank for the last owner. */
  fallback: z.string().trim().default(''),
  outputs: z.coerce.number().catch(0).default(0),
  /** At most one alert for each cause in this time. */
  alertMinutes: z.coerce.number().int().min(1, 'must be at least 1').max(10_080).default(60),
});

type RouterConfig = z.infer<typeof configSchema>;

function start(node: NodeContext<RouterConfig>): RouterBehaviour {
  const { config, status } = node;
  const outputs = outputsOf(config);
  const ownerIs = (exception: ReturnException): string => ownerOf(exception, config.table);
  const opening = storeOf(node, config.store);
  const onOutput = (output: number, message: NodeMessage): SendValue => {
    const row: (NodeMessage | null)[] = Array.from({ length: outputs.count }, () => null);
    row[output] = message;
    return row;
  };

  let source: DeliverySource | undefined;
  let watch: AlertWatch | undefined;
  const showCounts = async (store: ReturnsStore): Promise<void> => {
    const { open } = await store.countExceptions();
    if (open === 0) status.ok('nothing parked');
    else status.attention(`${open} parked`);
  };
  node.background(async () => {
    const store = await opening;
    source = new DeliverySource(node, store, { window: 50, place: (message) => onOutput(0, message) });
    source.start();
    if (outputs.alerts !== null) {
      const output = outputs.alerts;
      watch = new AlertWatch(node, store, config.alertMinutes, (message) => onOutput(output, message));
      watch.start();
    }
    await store.reownExceptions(node.id, ownerIs, instantOf(systemClock));
    await showCounts(store);
  });

  const park = async (
    message: NodeMessage,
    exception: ReturnException,
    store: ReturnsStore,
  ): Promise<{ owner: string; open: boolean }> => {
    if (exception.id !== null) return { owner: exception.owner, open: true };
    const parked = await store.parkException(
      {
        returnKey: keyOf(message),
        router: node.id,
        exception,
        owner: ownerIs(exception),
        alert: outputs.alerts !== null,
        message: storedMessage(message),
      },
      instantOf(systemClock),
    );
    faultPoint('exception-parked');
    if (parked.alertDue) watch?.look();
    message['exception'] = { ...exception, id: parked.id, owner: parked.owner };
    return parked;
  };

  const carryOut = async (command: RouterCommand, who: string, store: ReturnsStore): Promise<DeskAnswer> => {
    if (sendsOn(command) && !isWired(node.RED, node.id, 0)) throw nobodyTakes(node.label);
    const answer = await obeyCommand(command, {
      store,
      source: node.id,
      // What another living router has parked goes on there, in its own flow.
      sourceOf: (router) => (livingBehaviour(router, EXCEPTION_ROUTER) ? router : node.id),
      // A node of this flow whose output 2 has no wire has parked by itself, and has nobody else to resume it.
      scope: [node.id, ...neighboursOf(node.RED, node.id)],
      who,
      now: instantOf(systemClock),
    });
    watch?.look();
    if (answer.resumed) {
      faultPoint('resumed-before-emit');
      source?.wake();
    }
    return answer;
  };

  const obey = async (
    command: RouterCommand,
    message: NodeMessage,
    send: (message: SendValue) => void,
    store: ReturnsStore,
  ): Promise<void> => {
    const answer = await carryOut(command, readWho(message['who']), store);
    message['payload'] = answer.payload;
    if (answer.count !== undefined) message['count'] = answer.count;
    if (answer.total !== undefined) message['total'] = answer.total;
    send(onOutput(outputs.answers, message));
  };

  return {
    input: async (message, send) => {
      const store = await opening;
      const command = readCommand(message['command'], message['payload']);
      if (command) await obey(command, message, send, store);
      else {
        const exception = exceptionOf(message);
        const parked = await park(message, exception, store);
        const { output, isFallback } = outputs.ofOwner(parked.owner);
        // A fallback that is seen (R145).
        if (isFallback) message['fallbackOwner'] = true;
        // What a person has settled outside is recorded, and nobody is asked to do it again (R17).
        if (parked.open) send(onOutput(output, message));
      }
      await showCounts(store);
    },
    obey: async (command, who) => {
      const store = await opening;
      const answer = await carryOut(command, who, store);
      await showCounts(store);
      return answer;
    },
    store: () => opening,
    close: () => {
      watch?.close();
      source?.close();
    },
  };
}

/** Under what a message is parked: a return, or a batch, which is resumed as a whole. */
function keyOf(message: NodeMessage): string {
  const view = returnMessageSchema.safeParse(message);
  if (view.success) return returnKey(view.data.payload);
  const batch = closedBatchSchema.safeParse(message['payload']);
  if (batch.success) return batchKey(batch.data.id);
  throw new LedgerError({
    code: 'message-invalid',
    class: 'data-invalid',
    message: 'The message has an exception but no return event in msg.payload, so it could not be resumed',
  });
}

/** Without a wire a resumed return would be done with at once, and nothing would be posted. */
function nobodyTakes(label: string): LedgerError {
  return new LedgerError({
    code: 'output-not-wired',
    class: 'config',
    message:
      `Output 1 of ${label} has no wire, so nobody would take up what is resumed: wire it to the node that checks ` +
      'returns, deploy, then resume',
  });
}

function exceptionOf(message: NodeMessage): ReturnException {
  const parsed = exceptionSchema.safeParse(message['exception']);
  if (parsed.success) return parsed.data;
  throw new LedgerError({
    code: 'exception-missing',
    class: 'data-invalid',
    message:
      'msg.exception is missing: wire output 2 of the pack’s nodes here, or send msg.command list or resume',
  });
}

export default function register(RED: NodeRed): void {
  defineNode(RED, { type: EXCEPTION_ROUTER, config: configSchema, start });
  serveExceptions(RED);
}
