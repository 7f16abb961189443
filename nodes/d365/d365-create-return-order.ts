import { z } from 'zod';
import type { ReturnEvent, ReturnMessage } from '../returns/event';
import { patternField, togetherField } from '../runtime/config-fields';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { erpConnectionOf } from '../runtime/erp-connection';
import type { NodeRed } from '../runtime/node-red';
import { postingMappings } from '../runtime/posting-mappings';
import { postsDocuments } from '../runtime/settled-outside';
import { closedBatchOf } from './batch-delivery';
import { BatchIntake, warnOfLeftOut } from './batch-intake';
import { customFieldsSchema } from './custom-fields';
import type { D365Connection } from './d365-connection';
import type { ReturnOrderPolicy } from './documents';
import { NOT_CURED } from './post-batch';
import { postingNode } from './posting-node';

const TYPE = 'd365-create-return-order';
/** So many header inserts end well within the time limit of a call. */
const TOGETHER = 50;

const configSchema = z.object({
  name: z.string().default(''),
  connection: z.string().min(1, 'choose a D365 connection'),
  /** Id of a node Return Mappings; blank for none. */
  mappings: z.string().default(''),
  warehouse: z.string().trim().min(1, 'enter the warehouse for returned goods'),
  location: z.string().trim().default(''),
  placeFrom: z.enum(['node', 'line']).default('node'),
  fees: z.enum(['post', 'leave-out']).default('post'),
  countIn: z.enum(['order-unit', 'pieces']).default('order-unit'),
  customFields: customFieldsSchema,
  reasons: z
    .array(z.object({ platform: z.string().trim().min(1), erp: z.string().trim().min(1) }))
    .default([]),
  orderPattern: patternField,
  /** Returns of a batch that are posted with the same calls. */
  together: togetherField(TOGETHER),
});

type CreateConfig = z.infer<typeof configSchema>;

function start(node: NodeContext<CreateConfig>): NodeBehaviour {
  const { config } = node;
  const connection = erpConnectionOf(node, config.connection) as D365Connection;
  const used = postingMappings(node, config.mappings);
  const reasons = new Map(config.reasons.map((row) => [row.platform, row.erp]));
  const policyNow = (): ReturnOrderPolicy => ({
    warehouse: config.warehouse,
    mappings: used.current(),
    reasons,
    orderPattern: config.orderPattern,
    location: config.location,
    placeFrom: config.placeFrom,
    fees: config.fees,
    countIn: config.countIn,
    customFields: config.customFields,
  });
  const saw = (event: ReturnEvent): void => used.saw(event, reasons.size === 0 ? ['reason'] : []);
  const batches = new BatchIntake(node, connection, { policy: policyNow, saw }, config.together);

  const single = postingNode(node, {
    type: TYPE,
    made: 'created',
    mappings: () => used.current(),
    concerns: asksForReturnOrder,
    notCured: NOT_CURED,
    post: async ({ payload }, connector, store) => {
      saw(payload);
      const outcome = await connector.createReturnOrder(payload, policyNow(), store, node.signal);
      if (outcome.outcome === 'exception') return { documents: [], made: 0, problem: outcome.problem };
      const { document, created, leftOut, mismatch } = outcome;
      warnOfLeftOut(node, document, leftOut);
      return { documents: [document], made: created ? 1 : 0, problem: mismatch };
    },
  });
  return {
    ...single,
    input: async (message, send) => {
      const batch = closedBatchOf(message);
      if (batch) await batches.take(message, batch, send);
      else await single.input?.(message, send);
    },
  };
}

/** A cancelled return needs no document, and an update without lines tells of bags and boxes only. */
function asksForReturnOrder(view: ReturnMessage): boolean {
  const { topic, lines } = view.payload;
  return topic !== 'return.cancelled' && !(topic === 'return.updated' && lines.length === 0);
}

export default function register(RED: NodeRed): void {
  postsDocuments(TYPE);
  defineNode(RED, { type: TYPE, config: configSchema, start });
}
