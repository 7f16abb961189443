import { LedgerError } from '../returns/failure';
import type { MappingAudit } from '../returns/mapping-coverage';
import { Mappings } from '../returns/mappings';
import { instantOf } from '../returns/time';
import { defineNode, type NodeContext } from '../runtime/define-node';
import { RETURNS_MAPPINGS, versionOf, type MappingsNode } from '../runtime/mappings-node';
import type { NodeRed } from '../runtime/node-red';
import { realSurroundings } from '../runtime/retry';
import { storeOf } from '../runtime/returns-store';
import { SightingLog } from '../runtime/sighting-log';
import { serveMappings, type ServedMappings } from './mapping-routes';
import { mappingSettingsSchema, type MappingSettings } from './mapping-settings';

function start(node: NodeContext<MappingSettings>): MappingsNode & ServedMappings {
  const { config } = node;
  // What is wrong with its own rows is told at once; the base may be made later than this node.
  const own = new Mappings(config.tables, null, versionOf);
  let opened: ReturnType<typeof storeOf> | undefined;
  // Kept, so that what was counted is still written when the node closes.
  const store = (): ReturnType<typeof storeOf> => {
    const opening = (opened ??= storeOf(node, config.store));
    opening.catch(() => (opened = undefined));
    return opening;
  };
  const log = new SightingLog({
    node: node.id,
    store,
    surroundings: realSurroundings,
    background: (work) => node.background(work),
    signal: node.signal,
  });
  let current: { base: Mappings | null; mappings: Mappings } | undefined;
  let resolving = false;
  let newestAudit: MappingAudit | null = null;

  const baseMappings = (): Mappings | null => {
    if (config.base === '') return null;
    if (resolving || config.base === node.id) throw cycle(node.label);
    const base = node.peer(config.base, RETURNS_MAPPINGS) as MappingsNode | undefined;
    if (!base) throw baseMissing(node.label);
    resolving = true;
    try {
      return base.mappings();
    } finally {
      resolving = false;
    }
  };
  const record = async (mappings: Mappings): Promise<void> => {
    const version = {
      node: node.id,
      version: mappings.version,
      firstAt: instantOf(realSurroundings.clock),
      content: mappings.content(),
    };
    await (await store()).recordMappingVersion(version);
  };
  const mappings = (): Mappings => {
    const base = baseMappings();
    if (current?.base === base) return current.mappings;
    const effective = base === null ? own : new Mappings(config.tables, base, versionOf);
    current = { base, mappings: effective };
    node.background(() => record(effective));
    return effective;
  };
  node.background(() => Promise.resolve().then(() => void mappings()));

  return {
    mappings,
    saw: (codes) => log.note(codes),
    store,
    audited: (audit) => {
      newestAudit = audit;
    },
    newestAudit: () => newestAudit,
    counted: () => log.write(),
    // The store may have been closed before: these are counts for a report.
    close: () => log.write().catch(() => undefined),
  };
}

function cycle(label: string): LedgerError {
  return new LedgerError({
    code: 'mappings-cycle',
    class: 'config',
    message: `The base of the Return Mappings “${label}” leads back to themselves: open them, and choose another base or none`,
  });
}

function baseMissing(label: string): LedgerError {
  return new LedgerError({
    code: 'mappings-base-missing',
    class: 'config',
    message:
      `The base of the Return Mappings “${label}” does not exist, is disabled or needs attention itself: open them, ` +
      'and choose another base or none',
  });
}

export default function register(RED: NodeRed): void {
  defineNode(RED, { type: RETURNS_MAPPINGS, config: mappingSettingsSchema, start });
  serveMappings(RED);
}
