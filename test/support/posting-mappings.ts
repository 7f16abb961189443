import { z } from 'zod';
import { Mappings, type MappingContent } from '../../nodes/returns/mappings';
import type { MappingRow } from '../../nodes/returns/mapping-tables';
import { defineNode } from '../../nodes/runtime/define-node';
import {
  RETURNS_MAPPINGS,
  versionOf,
  type MappingsNode,
  type SeenCode,
} from '../../nodes/runtime/mappings-node';
import type { NodeRed } from '../../nodes/runtime/node-red';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { FakeNode } from './fake-node-red';

export function mappingsWith(content: MappingContent): Mappings {
  return new Mappings(content, null, versionOf);
}

/** A row that names an item by the platform's SKU. */
export function skuRow(code: string, item: string): MappingRow {
  return { by: 'sku', code, item };
}

/** Rows of a bundle whose parts have an even share of the price. */
export function bundleRows(parent: string, parts: Readonly<Record<string, number>>): MappingRow[] {
  const share = `1/${Object.keys(parts).length}`;
  return Object.entries(parts).map(([component, quantity]) => ({
    parent,
    component,
    quantity: String(quantity),
    share,
  }));
}

export function reasonRows(rows: Readonly<Record<string, string>>): MappingRow[] {
  return Object.entries(rows).map(([reason, erpReason]) => ({ reason, erpReason, disposition: '' }));
}

/** A row that puts a disposition somewhere in a warehouse; of any condition unless it says another. */
export function dispositionRow(
  disposition: string,
  erpDisposition: string,
  change: Readonly<Record<string, string>> = {},
): MappingRow {
  const rest = { condition: '*', warehouse: '2', location: '', document: '' };
  return { disposition, erpDisposition, ...rest, ...change };
}

/** A node that stands for Return Mappings, and what it was told of codes that came in. */
export function mappingsNode(
  RED: NodeRed,
  make: (type: string, config: Record<string, unknown>) => FakeNode,
  current: () => Mappings,
): { id: string; seen: SeenCode[] } {
  const seen: SeenCode[] = [];
  defineNode(RED, {
    type: RETURNS_MAPPINGS,
    config: z.object({}),
    start: (): MappingsNode => ({
      mappings: current,
      saw: (codes) => void seen.push(...codes),
      store: () => openMemoryStore(),
      audited: () => undefined,
      counted: () => Promise.resolve(),
    }),
  });
  return { id: make(RETURNS_MAPPINGS, {}).id, seen };
}
