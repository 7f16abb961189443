import { asksForOrder, withoutOrder, type ReturnWarning } from '../returns/check-profile';
import type { ErpConnector } from '../returns/erp-connector';
import { WAITING_PART } from '../returns/division';
import { returnKey, type ReturnEvent, type ReturnMessage } from '../returns/event';
import type { ExceptionFacts, ReturnException } from '../returns/exception';
import { asLedgerError, LedgerError } from '../returns/failure';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { erpConnectionOf } from '../runtime/erp-connection';
import { erpFault } from '../runtime/erp-fault';
import { mappingsOf } from '../runtime/mappings-node';
import type { NodeMessage, NodeRed, SendValue } from '../runtime/node-red';
import { raiseException } from '../runtime/raise-exception';
import { realSurroundings } from '../runtime/retry';
import { exceptionFor, readReturnMessage } from '../runtime/return-message';
import { waitOrRaise } from '../runtime/wait-or-raise';
import { faultPoint } from '../store/fault-point';
import type { ReturnsStore } from '../store/store';
import { carryOut, readValidatorCommand, type ValidatorCommand } from './catalogue-check';
import { ItemCandidates } from './item-candidates';
import { ItemLookup } from './item-lookup';
import { ItemMaster, type Filled } from './item-master';
import { MappingAudits } from './mapping-audits';
import { keepFilled } from './master-refresh';
import { validateReturn, type Validated } from './validate-return';
import { validatorConfigSchema, type ValidatorConfig } from './validator-config';
import { ValidatorStatus } from './validator-status';
import { WaitingLines } from './waiting-lines';

const TYPE = 'returns-sku-validator';

/** States of an order that pass by themselves: the return waits, and only then becomes an exception of this code. */
const STATES = ['order-locked', 'order-not-invoiced'] as const;

interface Ready {
  store: ReturnsStore;
  connector: ErpConnector;
  lookup: ItemLookup;
  candidates: ItemCandidates;
  master: ItemMaster;
}

const BUSY: Readonly<Record<ValidatorCommand['command'], string>> = {
  fill: 'reading all items',
  catalogue: 'comparing catalogues',
  audit: 'auditing mappings',
};

type Facts = Omit<ExceptionFacts, 'returnNumber' | 'orderNumber' | 'brand' | 'raisedAt' | 'raisedBy'>;

function start(node: NodeContext<ValidatorConfig>): NodeBehaviour {
  const { config, status } = node;
  const { profile } = config;
  const connection = erpConnectionOf(node, config.connection);
  const mappings = config.mappings === '' ? null : mappingsOf(node, config.mappings);
  const shown = new ValidatorStatus(status);
  const maxAgeMs = config.maxAgeMinutes * 60_000;
  let current: Ready | undefined;
  /** The connection may have a new connector, for example after the sandbox was started anew. */
  const whenReady = async (): Promise<Ready> => {
    const [store, connector] = await Promise.all([connection.store(), connection.connector()]);
    if (current?.connector !== connector) {
      const lookup = new ItemLookup(connector, store, maxAgeMs, realSurroundings, node.signal);
      const candidates = new ItemCandidates(connector, realSurroundings.elapsed, node.signal);
      const master = new ItemMaster(connector, store, realSurroundings, node.signal);
      current = { store, connector, lookup, candidates, master };
    }
    return current;
  };
  status.idle('waiting');

  if (config.fill) {
    const refresh = {
      master: () => whenReady().then(({ master }) => master),
      maxAgeMs,
      surroundings: realSurroundings,
      signal: node.signal,
      onFilled: ({ active, at }: Filled) => {
        shown.oldestMs = realSurroundings.clock.now() - Date.parse(at);
        status.ok(`${active} active items read`);
      },
      onFailed: (sentence: string) => node.warn(sentence),
    };
    node.background(() => keepFilled(refresh));
  }

  const audits =
    mappings &&
    new MappingAudits({
      node,
      id: config.mappings,
      mappings,
      connector: async () => (await whenReady()).connector,
      surroundings: realSurroundings,
      onAudited: ({ stale }) => shown.showStale(stale.length),
    });
  if (audits) node.background(() => audits.daily());

  const raised = (payload: ReturnEvent, facts: Facts): ReturnException => {
    shown.held.add(returnKey(payload));
    return exceptionFor(
      { topic: payload.topic, payload },
      { ...facts, raisedBy: TYPE },
      realSurroundings.clock,
    );
  };
  const lines = new WaitingLines(node, { mayBegin: config.divide, raise: raised });
  node.background(async () => {
    // What cannot be opened is told by whoever waits for it.
    const store = await connection.store().catch(() => null);
    if (store) lines.start(store);
  });

  /** Output 3 answers what was asked with `msg.command`. */
  const answer = async (
    command: ValidatorCommand,
    message: NodeMessage,
    send: (message: SendValue) => void,
  ): Promise<void> => {
    const { lookup, master } = await whenReady();
    status.busy(BUSY[command.command]);
    message['payload'] = await carryOut(command, { lookup, master, audits });
    shown.show();
    send([null, null, message]);
  };

  const hold = async (
    view: ReturnMessage,
    message: NodeMessage,
    facts: Facts,
    send: (message: SendValue) => void,
  ): Promise<void> => {
    const exception = raised(view.payload, facts);
    await raiseException(node, await connection.store(), message, returnKey(view.payload), exception, send);
  };

  const check = async (event: ReturnEvent): Promise<Validated> => {
    const { connector, lookup, candidates, store } = await whenReady();
    // What a person has booked by hand for this return stands on the order as if others had taken it (R17).
    const keys = [event, { ...event, part: undefined }, { ...event, part: WAITING_PART }].map(returnKey);
    const settled = asksForOrder(profile) && (await anySettled(store, new Set(keys)));
    const asked = settled ? withoutOrder(profile) : profile;
    return validateReturn(event, {
      connector,
      lookup,
      candidates,
      profile: asked,
      mappings,
      signal: node.signal,
    });
  };

  const validate = async (
    view: ReturnMessage,
    message: NodeMessage,
    send: (message: SendValue) => void,
  ): Promise<void> => {
    const { store } = await whenReady();
    const looked = await lines.look(view.payload, store, check);
    // Nothing of it was for what went on first.
    if (looked === null) {
      shown.show();
      return;
    }
    const { event, validated } = looked;
    const { verdict, waitsFor, warnings, oldestMs } = validated;
    shown.oldestMs = oldestMs;
    if (waitsFor) {
      throw new LedgerError({ code: waitsFor.code, class: 'state-blocked', message: waitsFor.what });
    }
    if (warnings.length > 0) {
      shown.warned += 1;
      addWarnings(message, warnings);
    }
    message['payload'] = event;
    if (verdict) {
      await hold({ ...view, payload: event }, message, verdict, send);
      shown.show();
      return;
    }
    shown.passed += 1;
    shown.held.delete(returnKey(event));
    faultPoint('validated');
    shown.show();
    send([message, null]);
  };

  /** What a failed call means: null where the store brings the return back by itself. */
  const factsOf = (view: ReturnMessage, message: NodeMessage, error: LedgerError): Facts | null => {
    if (!current) return erpFault(error);
    const { connector } = current;
    const decided = waitOrRaise(message, view, error, {
      connector,
      raisedBy: TYPE,
      surroundings: realSurroundings,
    });
    const state = STATES.find((code) => code === error.code);
    if (decided.outcome === 'exception') return { ...decided.fault, ...(state ? { code: state } : {}) };
    const seconds = Math.ceil(decided.untilMs / 1000);
    status.waiting(state ? `order waits, next look in ${seconds} s` : `ERP down, next try in ${seconds} s`);
    return null;
  };

  return {
    input: async (message, send) => {
      const command = readValidatorCommand(message['command'], message['payload']);
      if (command) {
        await answer(command, message, send);
        return;
      }
      const view = readReturnMessage(message);
      try {
        // Nothing is posted for a cancelled return, but each part of it has to know.
        if (view.topic === 'return.cancelled') {
          const looked = await lines.look(view.payload, await connection.store(), nothingFound);
          if (!looked) return;
          message['payload'] = looked.event;
          send([message, null]);
          return;
        }
        await validate(view, message, send);
      } catch (thrown) {
        if (node.signal.aborted) throw thrown;
        const error = asLedgerError(thrown);
        const facts = factsOf(view, message, error);
        if (facts === null) return;
        status.failed(error.code);
        const event = await lines.held(view.payload, await connection.store(), (part) => raised(part, facts));
        if (event === null) return;
        message['payload'] = event;
        await hold({ ...view, payload: event }, message, facts, send);
      }
    },
    close: () => lines.close(),
  };
}

async function anySettled(store: ReturnsStore, keys: ReadonlySet<string>): Promise<boolean> {
  for (const key of keys) if ((await store.settledOutside(key)).length > 0) return true;
  return false;
}

function nothingFound(): Promise<Validated> {
  return Promise.resolve({ findings: [], verdict: null, waitsFor: null, warnings: [], oldestMs: 0 });
}

/** Warnings are appended, never replaced, and never twice. */
function addWarnings(message: NodeMessage, warnings: readonly ReturnWarning[]): void {
  const before = Array.isArray(message['warnings']) ? (message['warnings'] as unknown[]) : [];
  const known = new Set(before.map((one) => JSON.stringify(one)));
  message['warnings'] = [...before, ...warnings.filter((one) => !known.has(JSON.stringify(one)))];
}

export default function register(RED: NodeRed): void {
  defineNode(RED, { type: TYPE, config: validatorConfigSchema, start });
}
