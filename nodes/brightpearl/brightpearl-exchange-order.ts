import { z } from 'zod';
import { idOrBlankField, patternField } from '../runtime/config-fields';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import type { NodeRed } from '../runtime/node-red';
import type { ExchangePolicy } from './exchange-body';
import { asksForReplacement } from '../returns/exchange-lines';
import { PRICE_SOURCES } from '../returns/exchange-price';
import { CREDIT_TIMINGS, raisesCredit } from './policy';
import { postingMappings } from '../runtime/posting-mappings';
import { postsDocuments } from '../runtime/settled-outside';
import { postingNode } from './posting-node';

const TYPE = 'brightpearl-exchange-order';

const configSchema = z.object({
  name: z.string().default(''),
  account: z.string().min(1, 'choose a Brightpearl account'),
  /** Id of a node Return Mappings; blank for none. */
  mappings: z.string().default(''),
  when: z.enum(CREDIT_TIMINGS).default('on-accepted'),
  afterCredit: z.boolean().default(true),
  priceFrom: z.enum(PRICE_SOURCES).default('even'),
  linkParent: z.boolean().default(true),
  requireAllocation: z.boolean().default(true),
  warehouseId: idOrBlankField,
  statusId: idOrBlankField,
  orderPattern: patternField,
});

type ExchangeConfig = z.infer<typeof configSchema>;

function start(node: NodeContext<ExchangeConfig>): NodeBehaviour {
  const { when, afterCredit, priceFrom, linkParent, requireAllocation, warehouseId, statusId, orderPattern } =
    node.config;
  const used = postingMappings(node, node.config.mappings);
  const settings: Omit<ExchangePolicy, 'mappings'> = {
    orderPattern,
    afterCredit,
    priceFrom,
    linkParent,
    requireAllocation,
    warehouseId,
    statusId,
  };
  return postingNode(node, {
    type: TYPE,
    made: 'created',
    concerns: (view) => raisesCredit(view, when) && asksForReplacement(view.payload),
    post: async ({ payload, documents: known = [] }, connector, store) => {
      const policy = { ...settings, mappings: used.current() };
      used.saw(payload, []);
      const { document, created, problem } = await connector.createExchangeOrder(
        payload,
        known,
        policy,
        store,
        node.signal,
      );
      return { documents: document ? [document] : [], made: created ? 1 : 0, problem };
    },
  });
}

export default function register(RED: NodeRed): void {
  postsDocuments(TYPE);
  defineNode(RED, { type: TYPE, config: configSchema, start });
}
