import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BatchCollector } from '../../nodes/flow/batch-collector';
import { membersPage } from '../../nodes/runtime/batch-drill-down';
import { batchConfigSchema, batchSettingsOf } from '../../nodes/flow/batch-settings';
import { isBatch, type ClosedBatch } from '../../nodes/returns/batch';
import type { ReturnEvent } from '../../nodes/returns/event';
import { quantity } from '../../nodes/returns/quantity';
import { realSurroundings } from '../../nodes/runtime/retry';
import { readReturnMessage } from '../../nodes/runtime/return-message';
import { openSqliteStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { figures, progress, table } from './report';

const NODE = 'bench-batch';
const FEW = 10_000;
const MANY = 100_000;
/** The setting that the dialog begins with, and the most that it takes. */
const IN_MESSAGE = [5000, 50_000];
/** Returns that come at the same time: four In nodes with their usual window. */
const AT_ONCE = 200;
const SKUS = 2000;

interface Reading {
  members: number;
  /** Returns that joined in a second. */
  joined: number;
  /** Heap after a garbage collection, while the batch is open. */
  heapOpen: number;
  closingMs: number;
  /** Resident memory before closing, and the most during it. */
  before: number;
  most: number;
  /** The longest that anything else had to wait for the event loop during closing. */
  blockedMs: number;
  pagesMs: number;
  payload: number;
  /** What taking its delivery, with the members that are in it, adds to the heap after a garbage collection. */
  heapTaken: number;
  takingMs: number;
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/**
 * A batch of 100,000 members beside one of 10,000: what it takes in memory, and how long closing takes. It needs no more
 * heap than `node --max-old-space-size=32 dist/scripts/bench/main.js --only batch` gives it.
 */
export async function batch(): Promise<string> {
  const readings: Reading[] = [];
  for (const members of [FEW, MANY]) readings.push(await measure(members, { inMessage: false }));
  const [few, many] = readings;
  if (!few || !many) throw new Error('Nothing was measured');
  const rows = readings.map((one) => [
    one.members.toLocaleString('en-US'),
    String(Math.round(one.joined)),
    mib(one.heapOpen),
    mib(one.before),
    mib(one.most),
    one.closingMs.toFixed(0),
    one.blockedMs.toFixed(0),
    one.pagesMs.toFixed(0),
    mib(one.payload),
  ]);
  const head = [
    'members',
    'joined/s',
    'heap open MiB',
    'resident MiB',
    'most while closing MiB',
    'closing ms',
    'loop blocked ms',
    'all pages ms',
    'message MiB',
  ];
  return (
    `Batches: one batch, 2 lines a return, ${SKUS} SKUs, SQLite on disk, ${AT_ONCE} returns at a time; one run\n\n` +
    `${table(head, rows)}\n\n` +
    figures([
      {
        what: 'heap with 100,000 members in an open batch',
        value: many.heapOpen / 2 ** 20,
        unit: 'MiB',
        baseline: { what: 'with 10,000', value: few.heapOpen / 2 ** 20 },
        target: '≤ 1.2 ×',
        met: many.heapOpen <= 1.2 * few.heapOpen,
      },
      {
        what: 'resident memory that closing 100,000 adds',
        value: (many.most - many.before) / 2 ** 20,
        unit: 'MiB',
        baseline: { what: 'closing 10,000', value: Math.max(0.1, (few.most - few.before) / 2 ** 20) },
        target: '≤ 64 MiB',
        met: many.most - many.before <= 64 * 2 ** 20,
      },
      {
        what: 'closing 100,000 members',
        value: many.closingMs / 1000,
        unit: 's',
        baseline: { what: '10,000', value: few.closingMs / 1000 },
        target: '≤ 5 % of 15 min',
        met: many.closingMs <= 45_000,
      },
    ])
  );
}

/** What members cost that are in the message. */
export async function batchMembers(): Promise<string> {
  const readings: Reading[] = [];
  for (const members of IN_MESSAGE) readings.push(await measure(members, { inMessage: true }));
  const rows = readings.map((one) => [
    one.members.toLocaleString('en-US'),
    mib(one.payload),
    mib(one.heapTaken),
    (one.heapTaken / one.members / 1024).toFixed(2),
    one.takingMs.toFixed(0),
  ]);
  const head = ['members in the message', 'message MiB', 'heap added MiB', 'KiB a member', 'read in ms'];
  return `Batches with their members in the message, 2 lines a return\n\n${table(head, rows)}`;
}

async function measure(members: number, how: { inMessage: boolean }): Promise<Reading> {
  const folder = mkdtempSync(join(tmpdir(), 'returns-bench-batch-'));
  const store = await openSqliteStore({ file: join(folder, 'store.db') });
  try {
    return await withStore(store, members, how);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function withStore(
  store: ReturnsStore,
  members: number,
  { inMessage }: { inMessage: boolean },
): Promise<Reading> {
  const config = batchConfigSchema.parse({
    store: 's',
    mostMembers: '',
    maxAgeMinutes: 44_640,
    ...(inMessage ? { membersInMessage: members } : {}),
    periods: 'none',
  });
  const collector = new BatchCollector({
    node: NODE,
    store,
    settings: batchSettingsOf(config, 'bench'),
    surroundings: realSurroundings,
    signal: new AbortController().signal,
    expression: null,
    closedUntil: () => Promise.resolve(null),
    exceptionsAreHeard: () => true,
    raisedBy: 'bench',
    sendNow: () => undefined,
    onChange: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
  const began = performance.now();
  for (let done = 0; done < members; done += AT_ONCE) {
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, members - done) }, (_, at) => {
        const message = { topic: 'return.accepted', payload: eventOf(done + at) };
        return collector.take(message, readReturnMessage(message));
      }),
    );
    if ((done + AT_ONCE) % 20_000 === 0) progress(`batch: ${done + AT_ONCE} of ${members} members`);
  }
  const joined = (members / (performance.now() - began)) * 1000;
  collectGarbage();
  const heapOpen = process.memoryUsage().heapUsed;
  const before = process.memoryUsage().rss;
  let most = before;
  const sampling = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  const closingBegan = performance.now();
  const [closed] = await collector.end('command', {});
  const closingMs = performance.now() - closingBegan;
  loop.disable();
  clearInterval(sampling);
  collectGarbage();
  const heapClosed = process.memoryUsage().heapUsed;
  const takingBegan = performance.now();
  const sent = await sentBatch(store);
  const takingMs = performance.now() - takingBegan;
  collectGarbage();
  const heapTaken = process.memoryUsage().heapUsed - heapClosed;
  if (sent.members.length !== (inMessage ? members : 0)) throw new Error('The message is wrong');
  if (closed?.members !== members || sent.totals.overall.lines !== 2 * members)
    throw new Error('The batch is wrong');
  const pagesBegan = performance.now();
  let seen = 0;
  for (let after: number | null = 0; after !== null;) {
    const page = await membersPage(store, sent.id, { after, limit: 5000 });
    seen += page.members.length;
    after = page.next;
  }
  if (seen !== members) throw new Error(`${seen} members were read of ${members}`);
  progress(`batch: ${members} members closed in ${closingMs.toFixed(0)} ms`);
  return {
    members,
    joined,
    heapOpen,
    closingMs,
    before,
    most,
    blockedMs: loop.max / 1e6,
    pagesMs: performance.now() - pagesBegan,
    payload: Buffer.byteLength(JSON.stringify(sent)),
    heapTaken,
    takingMs,
  };
}

async function sentBatch(store: ReturnsStore): Promise<ClosedBatch> {
  const [delivery] = await store.takeAnyDeliveries(NODE, { each: 10 }, new Date().toISOString());
  if (!delivery || !isBatch(delivery.event)) throw new Error('No batch was sent');
  return delivery.event;
}

function eventOf(at: number): ReturnEvent {
  const time = '2026-02-20T10:00:00.000Z';
  const id = `R${at}`;
  const line = (which: number): ReturnEvent['lines'][number] => ({
    id: String(which),
    kind: 'item',
    sku: `SKU-${(at * 2 + which) % SKUS}`,
    description: 'A thing that somebody sent back',
    upc: '0400000000001',
    variantId: null,
    orderLineId: String(which),
    unitIds: [`${id}-unit-${which}`],
    quantity: quantity(1),
    reason: { code: 'too-small', text: 'Too small' },
    outcome: 'original-payment',
    condition: null,
    platformDisposition: 'restock',
    confirmedDisposition: 'restock',
    warehouse: 'MAIN',
    price: { minor: 1000 + (at % 1000), currency: 'GBP' },
    tax: null,
    replacementSku: null,
  });
  return {
    schema: 1,
    id: `bench-event-${at}`,
    topic: 'return.accepted',
    platform: 'bench',
    brand: 'acme',
    returnId: id,
    platformReturnId: null,
    returnNumber: id,
    order: { number: `O-${at}`, id: null },
    externalRmaId: null,
    occurredAt: time,
    timeBasis: 'platform',
    receivedAt: time,
    purchasedAt: null,
    platformStatus: null,
    shipment: null,
    lines: [line(1), line(2)],
    customerToken: null,
    flags: [],
  };
}

/** Garbage must not be taken for memory in use. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let times = 0; times < 4; times += 1) collect();
}
