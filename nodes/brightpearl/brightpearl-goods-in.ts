import { z } from 'zod';
import { returnKey, type PostedDocument, type ReturnEvent } from '../returns/event';
import type { Mappings } from '../returns/mappings';
import { instantOf } from '../returns/time';
import { idOrBlankField } from '../runtime/config-fields';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import type { NodeRed } from '../runtime/node-red';
import { closeOnly, halfOf } from '../runtime/pair-watch';
import { postingMappings } from '../runtime/posting-mappings';
import { realSurroundings } from '../runtime/retry';
import type { ReturnsStore } from '../store/store';
import { postsDocuments } from '../runtime/settled-outside';
import { postingNode } from './posting-node';
import { arrivedLines, type GoodsInPolicy } from './put-away';

const TYPE = 'brightpearl-goods-in';

const configSchema = z.object({
  name: z.string().default(''),
  account: z.string().min(1, 'choose a Brightpearl account'),
  /** Id of a node Return Mappings; blank for none. */
  mappings: z.string().default(''),
  when: z.enum(['return.received', 'return.accepted']).default('return.received'),
  rejectedGoods: z.enum(['quarantine', 'ignore']).default('quarantine'),
  putAway: z.enum(['quarantine', 'disposition']).default('quarantine'),
  dispositions: z
    .array(z.object({ disposition: z.string().trim().min(1), place: z.enum(['sellable', 'quarantine']) }))
    .default([]),
  release: z.boolean().default(false),
  /** Number of a warehouse; blank for the one of the credit. */
  warehouseId: idOrBlankField,
  rowField: z
    .string()
    .trim()
    .regex(/^[A-Za-z]{1,60}$/, 'must be the name of a field')
    .default('purchaseOrderRowId'),
  unitCost: z.enum(['unit', 'row', 'none']).default('unit'),
});

type GoodsInConfig = z.infer<typeof configSchema>;

function policyOf(config: Readonly<GoodsInConfig>, mappings: Mappings | null): GoodsInPolicy {
  const { when, rejectedGoods, putAway, release, warehouseId, rowField, unitCost } = config;
  return {
    when,
    rejectedGoods,
    putAway,
    mappings,
    dispositions: new Map(config.dispositions.map((row) => [row.disposition.toLowerCase(), row.place])),
    release,
    warehouseId,
    rowField,
    unitCost,
  };
}

/**
 * The stock half of the return is there, and so are its goods. Called for every note of the return whenever an event
 * of it comes by, since a process may have died between the note and this; a half that is known stays as it is.
 */
async function onBooked(
  event: ReturnEvent,
  document: PostedDocument,
  connectionId: string,
  store: ReturnsStore,
): Promise<void> {
  const facts = { connectionId, amount: null, withinHours: null };
  await store.recordHalf(halfOf(event, 'stock', { ...facts, document: document.number }));
  if (!(await store.recordHalf(halfOf(event, 'goods', { ...facts, document: null })))) return;
  const now = instantOf(realSurroundings.clock);
  await closeOnly(store, returnKey(event), 'credit-without-stock', 'the goods are there', now);
}

function start(node: NodeContext<GoodsInConfig>): NodeBehaviour {
  const { config } = node;
  const used = postingMappings(node, config.mappings);
  const stages = policyOf(config, null);
  // Only what is asked for counts as used: of dispositions, what no own table decides on.
  const byMappings = (config.putAway === 'disposition' || config.release) && config.dispositions.length === 0;
  return postingNode(node, {
    type: TYPE,
    made: 'booked',
    concerns: ({ payload }) => arrivedLines(payload, stages).length > 0,
    post: async ({ payload, documents: known = [] }, connector, store) => {
      const policy = policyOf(config, used.current());
      used.saw(payload, byMappings ? ['disposition'] : []);
      const outcome = await connector.bookGoodsIn(payload, known, policy, store, node.signal);
      for (const document of outcome.documents) {
        await onBooked(payload, document, connector.connectionId, store);
      }
      return { documents: outcome.documents, made: outcome.booked.length, problem: outcome.problem };
    },
  });
}

export default function register(RED: NodeRed): void {
  postsDocuments(TYPE);
  defineNode(RED, { type: TYPE, config: configSchema, start });
}
