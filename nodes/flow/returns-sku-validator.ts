import { z } from 'zod';
import type { ErpConnector } from '../returns/erp-connector';
import { returnKey, type ReturnMessage } from '../returns/event';
import { asLedgerError } from '../returns/failure';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { erpConnectionOf } from '../runtime/erp-connection';
import { erpFault } from '../runtime/erp-fault';
import type { NodeMessage, NodeRed, SendValue } from '../runtime/node-red';
import { raiseException } from '../runtime/raise-exception';
import { realSurroundings } from '../runtime/retry';
import { exceptionFor, readReturnMessage } from '../runtime/return-message';
import { waitOrRaise } from '../runtime/wait-or-raise';
import { faultPoint } from '../store/fault-point';
import type { ReturnsStore } from '../store/store';
import { checkSkus, skusOf } from './check-skus';
import { ItemCandidates } from './item-candidates';
import { ItemLookup } from './item-lookup';

const TYPE = 'returns-sku-validator';

/** `erp` names the property that holds the connection: each ERP has a property of its own in the dialog. */
const configSchema = z
  .looseObject({
    name: z.string().default(''),
    erp: z.string().default('d365'),
    maxAgeMinutes: z.coerce.number().min(0, 'must be 0 or more').max(10_080).default(60),
  })
  .transform(({ name, erp, maxAgeMinutes, ...others }) => ({
    name,
    maxAgeMinutes,
    connection: typeof others[erp] === 'string' ? others[erp] : '',
  }));

type ValidatorConfig = z.infer<typeof configSchema>;

interface Ready {
  store: ReturnsStore;
  connector: ErpConnector;
  lookup: ItemLookup;
  candidates: ItemCandidates;
}

function start(node: NodeContext<ValidatorConfig>): NodeBehaviour {
  const { config, status } = node;
  const connection = erpConnectionOf(node, config.connection);
  let passed = 0;
  /** Returns, not events: several events of one return meet the same problem. */
  const heldReturns = new Set<string>();
  const maxAgeMs = config.maxAgeMinutes * 60_000;
  let current: Ready | undefined;
  /** The connection may have a new connector, for example after the sandbox was started anew. */
  const whenReady = async (): Promise<Ready> => {
    const [store, connector] = await Promise.all([connection.store(), connection.connector()]);
    if (current?.connector !== connector) {
      const lookup = new ItemLookup(connector, store, maxAgeMs, realSurroundings, node.signal);
      const candidates = new ItemCandidates(connector, realSurroundings.elapsed, node.signal);
      current = { store, connector, lookup, candidates };
    }
    return current;
  };
  status.idle('waiting');

  const showCounts = (oldestMs: number): void => {
    const held = heldReturns.size > 0 ? ` · ${heldReturns.size} held` : '';
    const age = oldestMs >= 60_000 ? ` · data ${Math.round(oldestMs / 60_000)} min old` : '';
    const text = `${passed} ok${held}${age}`;
    if (heldReturns.size > 0) status.attention(text);
    else status.ok(text);
  };

  const validate = async (
    view: ReturnMessage,
    message: NodeMessage,
    send: (message: SendValue) => void,
  ): Promise<void> => {
    const { store, candidates, lookup } = await whenReady();
    const answers = await lookup.find(skusOf(view.payload));
    const items = new Map([...answers].map(([sku, answer]) => [sku, answer.item]));
    const findings = checkSkus(view.payload, items, await candidates.of(items.values()));
    const oldestMs = Math.max(0, ...[...answers.values()].map((answer) => answer.ageMs));
    if (findings.code === null) {
      passed += 1;
      heldReturns.delete(returnKey(view.payload));
      faultPoint('validated');
      showCounts(oldestMs);
      send([message, null]);
      return;
    }
    heldReturns.add(returnKey(view.payload));
    showCounts(oldestMs);
    const { code, what, lines } = findings;
    const exception = exceptionFor(view, { code, what, lines, raisedBy: TYPE }, realSurroundings.clock);
    await raiseException(node, store, message, returnKey(view.payload), exception, send);
  };

  return {
    input: async (message, send) => {
      const view = readReturnMessage(message);
      // Nothing is posted for a cancelled return.
      if (view.topic === 'return.cancelled') {
        send([message, null]);
        return;
      }
      try {
        await validate(view, message, send);
      } catch (thrown) {
        if (node.signal.aborted) throw thrown;
        const error = asLedgerError(thrown);
        const fault = current
          ? waitOrRaise(message, view, error, {
              connector: current.connector,
              raisedBy: TYPE,
              surroundings: realSurroundings,
            })
          : ({ outcome: 'exception', fault: erpFault(error) } as const);
        if (fault.outcome === 'waits') {
          status.waiting(`ERP down, next try in ${Math.ceil(fault.untilMs / 1000)} s`);
          return;
        }
        const exception = exceptionFor(view, { ...fault.fault, raisedBy: TYPE }, realSurroundings.clock);
        heldReturns.add(returnKey(view.payload));
        status.failed(error.code);
        await raiseException(
          node,
          await connection.store(),
          message,
          returnKey(view.payload),
          exception,
          send,
        );
      }
    },
  };
}

export default function register(RED: NodeRed): void {
  defineNode(RED, { type: TYPE, config: configSchema, start });
}
