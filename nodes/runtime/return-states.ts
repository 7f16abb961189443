import type { ReturnsStore } from '../store/store';
import { livingBehaviour, type NodeBehaviour } from './define-node';
import type { NodeRed } from './node-red';

interface OpensStore extends NodeBehaviour {
  open(): Promise<ReturnsStore>;
}

/**
 * Where the returns stand, for people and pages without access to the ERP (R23, R31):
 * `GET /returns-ledger/returns-store/<node id>/returns?limit=100&offset=0`, behind `returns-store.read`.
 * It holds numbers, stages, documents, exceptions and batches with the time at which they are closed (R197), and no
 * personal data.
 */
export function serveReturnStates(RED: NodeRed): void {
  RED.httpAdmin.get(
    '/returns-ledger/returns-store/:id/returns',
    RED.auth.needsPermission('returns-store.read'),
    (request, response) => {
      const behaviour = livingBehaviour(request.params['id'] ?? '', 'returns-store') as
        OpensStore | undefined;
      if (!behaviour) {
        response.sendStatus(404);
        return;
      }
      const limit = bounded(request.query['limit'], 100, 1, 500);
      const offset = bounded(request.query['offset'], 0, 0, 1_000_000_000);
      behaviour
        .open()
        .then((store) => describeReturns(store, limit, offset))
        .then((answer) => response.json(answer))
        .catch(() => response.sendStatus(503));
    },
  );
}

async function describeReturns(
  store: ReturnsStore,
  limit: number,
  offset: number,
): Promise<Record<string, unknown>> {
  const states = await store.listReturns({ limit, offset });
  const returns = await Promise.all(
    states.map(async (state) => ({
      return: state.returnNumber ?? state.returnId,
      order: state.orderNumber,
      brand: state.brand,
      stage: state.stage,
      since: state.since,
      documents: (await store.documentsOf(state.returnKey)).map(
        ({ system, kind, number, references, status, amount }) => ({
          system,
          kind,
          number,
          rma: references['rma'] ?? null,
          status,
          amount,
        }),
      ),
      exception: (await store.openExceptionOf(state.returnKey)) ?? null,
      batches: (await store.batchesOfReturn(state.returnKey)).map(
        ({ id, number, state: stands, joinedAt, dueAt, closedAt }) => ({
          id,
          number,
          state: stands,
          since: joinedAt,
          // While it waits: when it is posted at the latest.
          postedBy: closedAt === null ? dueAt : null,
          closedAt,
        }),
      ),
    })),
  );
  return {
    returns,
    deliveries: await store.countDeliveries(null),
    exceptions: await store.countExceptions(),
  };
}

function bounded(value: unknown, fallback: number, low: number, high: number): number {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : fallback;
  return Math.min(high, Math.max(low, number));
}
