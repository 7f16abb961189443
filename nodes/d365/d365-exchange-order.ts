import { z } from 'zod';
import { CREDIT_TIMINGS, raisesCredit } from '../returns/credit-timing';
import { asksForReplacement } from '../returns/exchange-lines';
import { PRICE_SOURCES } from '../returns/exchange-price';
import { ADDRESS_PARTS } from '../returns/told-address';
import { patternField } from '../runtime/config-fields';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import type { NodeRed } from '../runtime/node-red';
import { postingMappings } from '../runtime/posting-mappings';
import { postsDocuments } from '../runtime/settled-outside';
import { customFieldsSchema } from './custom-fields';
import { EXCHANGE_STAGES, type ExchangePolicy } from './documents';
import { postingNode } from './posting-node';

const TYPE = 'd365-exchange-order';

const configSchema = z.object({
  name: z.string().default(''),
  connection: z.string().min(1, 'choose a D365 connection'),
  /** Id of a node Return Mappings; blank for none. */
  mappings: z.string().default(''),
  when: z.enum(CREDIT_TIMINGS).default('on-accepted'),
  after: z.enum(EXCHANGE_STAGES).default('return-order'),
  priceFrom: z.enum(PRICE_SOURCES).default('even'),
  tellShortStock: z.boolean().default(true),
  warehouse: z.string().trim().default(''),
  orderPattern: patternField,
  addressFields: z
    .array(
      z.object({
        part: z.enum(ADDRESS_PARTS),
        field: z
          .string()
          .trim()
          .regex(/^[A-Za-z]\w{0,79}$/, 'must be the name of a field of the sales order'),
      }),
    )
    .refine(
      (rows) => new Set(rows.map(({ part }) => part)).size === rows.length,
      'names a part of the address twice',
    )
    .default([]),
  unsentAddress: z.enum(['park', 'account']).default('park'),
  customFields: customFieldsSchema,
});

type ExchangeConfig = z.infer<typeof configSchema>;

function start(node: NodeContext<ExchangeConfig>): NodeBehaviour {
  const { when, after, priceFrom, tellShortStock, warehouse, orderPattern, unsentAddress, customFields } =
    node.config;
  const used = postingMappings(node, node.config.mappings);
  const settings: Omit<ExchangePolicy, 'mappings'> = {
    after,
    priceFrom,
    tellShortStock,
    warehouse,
    orderPattern,
    unsentAddress,
    customFields,
    addressFields: new Map(node.config.addressFields.map(({ part, field }) => [part, field])),
  };
  return postingNode(node, {
    type: TYPE,
    made: 'created',
    mappings: () => used.current(),
    concerns: (view) => raisesCredit(view, when) && asksForReplacement(view.payload),
    post: async ({ payload, documents: known = [] }, connector, store) => {
      const policy = { ...settings, mappings: used.current() };
      used.saw(payload, []);
      const { documents, made, problem } = await connector.createExchange(
        payload,
        known,
        policy,
        store,
        node.signal,
      );
      return { documents, made: made.length, problem };
    },
  });
}

export default function register(RED: NodeRed): void {
  postsDocuments(TYPE);
  defineNode(RED, { type: TYPE, config: configSchema, start });
}
