import { z } from 'zod';
import { arrivedLines } from '../returns/arrived-goods';
import { returnKey, type PostedDocument, type ReturnEvent } from '../returns/event';
import { LedgerError } from '../returns/failure';
import type { Mappings } from '../returns/mappings';
import { instantOf } from '../returns/time';
import { erpConnectionOf } from '../runtime/erp-connection';
import { togetherField } from '../runtime/config-fields';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import type { NodeRed } from '../runtime/node-red';
import { closeOnly, halfOf } from '../runtime/pair-watch';
import { postingMappings } from '../runtime/posting-mappings';
import { realSurroundings } from '../runtime/retry';
import { postsDocuments } from '../runtime/settled-outside';
import type { Half, ReturnsStore } from '../store/store';
import { ArrivalBatch } from './arrival-batch';
import { closedBatchOf } from './batch-delivery';
import { KINDS, SYSTEM, type ArrivalPolicy, type D365Connector } from './documents';
import type { D365Connection } from './d365-connection';
import { postingNode } from './posting-node';

const TYPE = 'd365-item-arrival';

/** So many journals are read back with one call. */
const TOGETHER = 100;

const fields = z.object({
  name: z.string().default(''),
  connection: z.string().min(1, 'choose a D365 connection'),
  /** Id of a node Return Mappings; blank for none. */
  mappings: z.string().default(''),
  when: z.enum(['return.received', 'return.accepted']).default('return.received'),
  rejectedGoods: z.enum(['quarantine', 'ignore']).default('quarantine'),
  inspection: z.enum(['quarantine', 'hold']).default('quarantine'),
  /** What happens to goods that have no return order. */
  unannounced: z.enum(['wait', 'create']).default('wait'),
  warehouse: z.string().trim().default(''),
  /** Business Central has no arrival journals; in Finance & Supply Chain Management there is none without a name. */
  journalName: z.string().trim().default(''),
  dispositions: z
    .array(
      z.object({
        disposition: z.string().trim().min(1),
        code: z.string().trim().min(1),
        warehouse: z.string().trim().default(''),
        location: z.string().trim().default(''),
      }),
    )
    .default([]),
  /** How long after the goods their credit may take. */
  creditWithinHours: z.coerce.number().min(0).max(8760).default(72),
  /** How the goods of a closed batch are registered. */
  batches: z.enum(['package', 'single']).default('package'),
  /** Returns of a batch whose journals go in with one data package. */
  together: togetherField(TOGETHER),
});

const configSchema = fields.refine(
  ({ unannounced, warehouse }) => unannounced === 'wait' || warehouse !== '',
  {
    path: ['warehouse'],
    message: 'enter the warehouse that unannounced goods are returned to',
  },
);

type ArrivalConfig = z.infer<typeof configSchema>;

function policyOf(config: Readonly<ArrivalConfig>, mappings: Mappings | null): ArrivalPolicy {
  const { when, rejectedGoods, inspection, warehouse, journalName, unannounced } = config;
  return {
    when,
    rejectedGoods,
    inspection,
    warehouse,
    journalName,
    mappings,
    dispositions: new Map(config.dispositions.map((row) => [row.disposition.toLowerCase(), row])),
    unannounced:
      unannounced === 'create' ? { warehouse, mappings, reasons: new Map(), orderPattern: null } : null,
  };
}

/** Only the connection tells which product it is, so the settings alone cannot ask for the name. */
function requireJournalName(
  { journalName }: Readonly<ArrivalConfig>,
  product: D365Connector['product'] | undefined,
): void {
  if (product !== 'fscm' || journalName !== '') return;
  throw new LedgerError({
    code: 'config-invalid',
    class: 'config',
    message:
      'The settings of this node need attention – Journal name: enter the name of the item arrival journals, as it is set ' +
      'up in Dynamics 365 Finance & Supply Chain Management',
  });
}

/** The halves of returns that arrivals are (R92, R101, R178). */
class ArrivalHalves {
  constructor(
    private readonly withinHours: number,
    private readonly connector: D365Connector,
    private readonly store: ReturnsStore,
  ) {}

  /** The goods are in the building, whether the books know them yet or not. */
  async arrived(event: ReturnEvent): Promise<void> {
    const { store } = this;
    const key = returnKey(event);
    const now = instantOf(realSurroundings.clock);
    // Rejected goods get no credit, so none is missed, whatever was expected of them when they came.
    const rejected = event.topic === 'return.rejected';
    if (rejected && (await store.removeHalf(key, 'goods')))
      await closeOnly(store, key, 'stock-without-credit', 'the goods were rejected', now);
    const fresh = await this.record(event, 'goods', null, rejected ? null : this.withinHours);
    if (fresh) await closeOnly(store, key, 'credit-without-stock', 'the goods are there', now);
  }

  /**
   * The stock half of the return is there. Called for every journal of the return whenever an event of it comes by, since
   * a process may have died between the journal and this; a half that is known stays as it is.
   */
  async registered(event: ReturnEvent, document: PostedDocument): Promise<void> {
    await this.record(event, 'stock', document.number, null);
  }

  private record(
    event: ReturnEvent,
    half: Half,
    document: string | null,
    withinHours: number | null,
  ): Promise<boolean> {
    const { connectionId } = this.connector;
    return this.store.recordHalf(halfOf(event, half, { connectionId, document, amount: null, withinHours }));
  }
}

/** What was made for goods that nobody announced goes on with them. */
async function returnOrdersOf(event: ReturnEvent, store: ReturnsStore): Promise<PostedDocument[]> {
  const stored = await store.documentsOf(returnKey(event));
  return stored.filter(({ system, kind }) => system === SYSTEM && kind === KINDS.returnOrder);
}

function start(node: NodeContext<ArrivalConfig>): NodeBehaviour {
  const { config } = node;
  const used = postingMappings(node, config.mappings);
  const stages = policyOf(config, null);
  // Only what is asked for counts as used: of dispositions, what no own table decides on.
  const byMappings = config.dispositions.length === 0;
  const saw = (event: ReturnEvent): void => used.saw(event, byMappings ? ['disposition'] : []);
  const registered = async (
    event: ReturnEvent,
    made: readonly PostedDocument[],
    connector: D365Connector,
    store: ReturnsStore,
  ): Promise<PostedDocument[]> => {
    const halves = new ArrivalHalves(config.creditWithinHours, connector, store);
    for (const document of made) await halves.registered(event, document);
    const orders = config.unannounced === 'create' ? await returnOrdersOf(event, store) : [];
    return [...orders, ...made];
  };
  const arrived = async (
    event: ReturnEvent,
    connector: D365Connector,
    store: ReturnsStore,
  ): Promise<void> => {
    saw(event);
    await new ArrivalHalves(config.creditWithinHours, connector, store).arrived(event);
    // Here, before anything is posted, for connections that do not tell it earlier.
    requireJournalName(config, connector.product);
  };
  const connection = erpConnectionOf(node, config.connection) as D365Connection;
  requireJournalName(config, connection.product);
  const { batches: way, together } = config;
  const policy = (): ArrivalPolicy => policyOf(config, used.current());
  const batches = new ArrivalBatch(node, connection, { way, together, policy, arrived, registered }, TYPE);
  const single = postingNode(node, {
    type: TYPE,
    made: 'received',
    mappings: () => used.current(),
    needless: ({ goodsWithCredit }) => (goodsWithCredit ? 'goods come in with the credit' : null),
    concerns: ({ payload, goodsAccepted = false }) =>
      arrivedLines(payload, { ...stages, goodsAccepted }).length > 0,
    post: async ({ payload, documents: known = [], goodsAccepted = false }, connector, store) => {
      await arrived(payload, connector, store);
      const accepted = { ...policy(), goodsAccepted };
      const outcome = await connector.receiveGoods(payload, known, accepted, store, node.signal);
      const documents = await registered(payload, outcome.documents, connector, store);
      return { documents, made: outcome.made.length, problem: outcome.problem };
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

export default function register(RED: NodeRed): void {
  postsDocuments(TYPE);
  defineNode(RED, { type: TYPE, config: configSchema, start });
}
