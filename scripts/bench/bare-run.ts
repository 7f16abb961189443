import { Helper, SERVER_CORE } from './helper';
import type { ClosedLoop, LoadResult } from './load-process';
import { askNumber, EVENTS, RECEIPTS, type StoreTarget } from './store-target';

export const CONNECTIONS = 32;
export const WARM_UP_SECONDS = 2;
export const SECONDS = 4;
/** More webhooks than the fastest variant takes in its time. */
export const PREPARED = 120_000;

/** As many requests as 32 connections bring about. */
export function fullLoad(load: Helper, port: number): Promise<LoadResult> {
  const run: ClosedLoop = {
    port,
    connections: CONNECTIONS,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds: SECONDS,
  };
  return load.ask<LoadResult>('closedLoop', run);
}

/** Full load on a server that does the In node's work without Node-RED. */
export async function bareServer(load: Helper, target: StoreTarget): Promise<LoadResult> {
  const server = Helper.start('bare-server', SERVER_CORE);
  try {
    const port = await server.ask<number>('start', target);
    const loop = await fullLoad(load, port);
    await checkStored([loop], target);
    return loop;
  } finally {
    await server.stop();
  }
}

/** What was answered with 200 is in the store, and nothing else came. */
export async function checkStored(results: readonly LoadResult[], target: StoreTarget): Promise<void> {
  const statuses = results.map((result) => result.statuses);
  const answered = statuses.reduce((sum, of) => sum + (of['200'] ?? 0), 0);
  const [receipts, events] = [await askNumber(target, RECEIPTS), await askNumber(target, EVENTS)];
  const others = statuses.flatMap((of) => Object.keys(of)).filter((status) => status !== '200');
  if (others.length === 0 && receipts === answered && events === answered) return;
  throw new Error(
    `Answered ${JSON.stringify(statuses)}, but ${receipts} receipts and ${events} events are stored`,
  );
}
