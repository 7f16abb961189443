import { z } from 'zod';
import { LedgerError } from '../returns/failure';
import { instantOf, systemClock } from '../returns/time';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { DeliverySource } from '../runtime/delivery-source';
import type { NodeRed } from '../runtime/node-red';
import { storeOf } from '../runtime/returns-store';
import { serveWebhook } from '../runtime/webhook-route';
import type { ReturnsStore } from '../store/store';
import { HAPPY_RETURNS_ACCOUNT, type HappyReturnsAccount } from './account';
import { createReceiver, type ReceiverCounts } from './receiver';

const configSchema = z.object({
  name: z.string().default(''),
  account: z.string().min(1, 'choose a Happy Returns account'),
  store: z.string().min(1, 'choose a returns store'),
  path: z.string().default('/returns/happy-returns'),
  maxBodyKb: z.coerce.number().int().min(1, 'must be at least 1').max(65_536).default(256),
  window: z.coerce.number().int().min(1, 'must be at least 1').max(10_000).default(50),
  /** A delivery that has not come to its end after so many minutes is reported; 0: never. */
  stalledMinutes: z.coerce.number().min(0, 'must be 0 or more').max(100_000).default(30),
});

type InConfig = z.infer<typeof configSchema>;

/**
 * Happy Returns publishes no redelivery rule (reliability 4.6), so everything that could not be stored is answered
 * with 500, which senders commonly take as a reason to try again.
 */
const COME_BACK = 500;

function start(node: NodeContext<InConfig>): NodeBehaviour {
  const { config, status } = node;
  const account = node.peer(config.account, HAPPY_RETURNS_ACCOUNT) as HappyReturnsAccount | undefined;
  if (!account) {
    throw new LedgerError({
      code: 'account-not-set',
      class: 'config',
      message: 'No Happy Returns account is chosen, or it is disabled: open the node and choose one',
    });
  }
  const opening = storeOf(node, config.store);
  // It is reported below; where this node does not come that far, something else has been reported.
  opening.catch(() => undefined);
  let source: DeliverySource | undefined;
  let stuck = 0;
  let stalled = 0;
  let waiting = 0;
  const counts: ReceiverCounts = {
    accepted: 0,
    repeated: 0,
    refused: 0,
    parked: 0,
    failed: 0,
    failing: false,
  };
  const showCounts = (): void => {
    const parts = [`${counts.accepted} in`];
    if (counts.repeated > 0) parts.push(`${counts.repeated} repeated`);
    if (counts.refused > 0) parts.push(`${counts.refused} refused`);
    if (counts.parked > 0) parts.push(`${counts.parked} parked`);
    if (waiting > 0) parts.push(`${waiting} waiting`);
    const text = parts.join(' · ');
    if (counts.failing) status.failed(`${counts.failed} not stored`);
    // A node of the flow reported an error for them; the next deploy sends them again.
    else if (stuck > 0) status.failed(`${stuck} met an error`);
    else if (stalled > 0) status.failed(`${stalled} stalled`);
    else if (waiting > 0) status.waiting(text);
    else if (counts.parked > 0 || counts.refused > 0) status.attention(text);
    else status.ok(text);
  };

  const receive = createReceiver({
    node,
    account,
    store: opening,
    maxBytes: config.maxBodyKb * 1024,
    counts,
    clock: systemClock,
    afterStored: () => source?.wake(),
    changed: showCounts,
  });
  const stopServing = serveWebhook(node.RED, {
    path: config.path,
    owner: node.id,
    whileDown: COME_BACK,
    receive,
  });
  status.idle(account.sandbox ? 'sandbox, waiting' : 'waiting');

  node.background(async () => {
    let store: ReturnsStore;
    try {
      store = await opening;
    } catch (thrown) {
      status.failed('the store is not open');
      throw thrown;
    }
    source = new DeliverySource(node, store, {
      window: config.window,
      stalledAfterMs: config.stalledMinutes * 60_000,
      onProgress: (progress) => {
        const same =
          stuck === progress.failed && stalled === progress.stalled && waiting === progress.waiting;
        if (same) return;
        ({ failed: stuck, stalled, waiting } = progress);
        showCounts();
      },
    });
    source.start();
    node.info(`Receives Happy Returns webhooks at ${config.path} since ${instantOf(systemClock)}`);
  });

  return {
    close: () => {
      stopServing();
      source?.close();
    },
  };
}

export default function register(RED: NodeRed): void {
  defineNode(RED, { type: 'happy-returns-in', config: configSchema, start });
}
