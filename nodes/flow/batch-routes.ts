import type { Refused } from '../returns/batch-refusal';
import { livingBehaviour, type NodeBehaviour } from '../runtime/define-node';
import type { HttpRequestIn, NodeRed } from '../runtime/node-red';
import type { ReturnsStore } from '../store/store';
import { describeBatch, membersPage } from '../runtime/batch-drill-down';

export interface OpensBatches extends NodeBehaviour {
  store(): Promise<ReturnsStore>;
}

/**
 * What people and pages may read of a node's batches, behind `<type>.read`; no personal data is in it:
 *
 * `GET /returns-ledger/<type>/<node id>/batches?limit=50&offset=0`, newest first;
 * `GET /returns-ledger/<type>/<node id>/batches/<batch id>/members?after=0&limit=500`, with `sku`, `warehouse` and
 * `disposition` only those behind one line of its totals (R133).
 */
export function serveBatches(RED: NodeRed, type: string): void {
  const serve = (
    path: string,
    answer: (store: ReturnsStore, node: string, request: HttpRequestIn) => Promise<object | null>,
  ): void =>
    RED.httpAdmin.get(
      `/returns-ledger/${type}/:id/batches${path}`,
      RED.auth.needsPermission(`${type}.read`),
      (request, response) => {
        const node = request.params['id'] ?? '';
        const found = livingBehaviour(node, type) as OpensBatches | undefined;
        if (!found) {
          response.sendStatus(404);
          return;
        }
        found
          .store()
          .then((store) => answer(store, node, request))
          .then((body) => (body === null ? response.sendStatus(404) : response.json(body)))
          .catch(() => response.sendStatus(503));
      },
    );

  serve('', async (store, node, { query }) => {
    const page = { limit: bounded(query['limit'], 50, 1, 500), offset: bounded(query['offset'], 0, 0, 1e9) };
    return { batches: (await store.listBatches(node, page)).map(describeBatch) };
  });

  serve('/:batch/members', async (store, node, { params, query }) => {
    const batch = await store.batch(params['batch'] ?? '');
    if (batch?.node !== node) return null;
    const line = lineOf(query);
    const page = {
      after: bounded(query['after'], 0, 0, 1e9),
      limit: bounded(query['limit'], 500, 1, 5000),
      ...(line ? { line } : {}),
    };
    return { batch: describeBatch(batch), ...(await membersPage(store, batch.id, page)) };
  });
}

function lineOf(query: HttpRequestIn['query']): Refused | null {
  const of = (name: string): string | undefined => {
    const value = query[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const sku = of('sku');
  return sku === undefined ? null : { sku, warehouse: of('warehouse'), disposition: of('disposition') };
}

function bounded(value: unknown, fallback: number, low: number, high: number): number {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : fallback;
  return Math.min(high, Math.max(low, number));
}
