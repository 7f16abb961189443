import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresServer } from '../postgres-server';
import { bareServer, checkStored, CONNECTIONS, fullLoad, PREPARED } from './bare-run';
import { throughExample } from './end-to-end';
import { IDS, receivingFlow } from './flows';
import { Helper, HELPER_CORE } from './helper';
import type { LoadResult } from './load-process';
import { BenchRed, RECEIVES } from './red';
import { figures, median, medianRatio, progress, spread, table, type Figure } from './report';
import { storeNode, type PostgresTarget } from './store-target';

const RETURNS = 1000;

interface Rounds {
  bare: number[];
  node: number[];
  bareOnSqlite: number[];
  example: number[];
  exampleOnSqlite: number[];
  p99: number[];
}

/** Figure 7: figures 1 and 3 on PostgreSQL beside SQLite; the database server is tied to no processor. */
export async function onPostgres(rounds: number): Promise<string> {
  const server = await PostgresServer.start().catch((thrown: unknown) => String(thrown));
  if (typeof server === 'string') return `7. PostgreSQL: left out. ${server}`;
  const load = Helper.start('load-process', HELPER_CORE);
  const measured: Rounds = {
    bare: [],
    node: [],
    bareOnSqlite: [],
    example: [],
    exampleOnSqlite: [],
    p99: [],
  };
  try {
    await load.ask('prepare', { count: PREPARED });
    const { host, port, database, user, password } = server;
    const settings = { driver: 'postgres', host, port, database, user, password } as const;
    for (let round = 1; round <= rounds; round += 1) {
      progress(`postgres, round ${round} of ${rounds}`);
      await oneRound(load, (name) => ({ ...settings, schema: `bench_${name}_${round}` }), measured);
    }
  } finally {
    await Promise.all([load.stop(), server.stop()]);
  }
  return report(measured);
}

async function oneRound(
  load: Helper,
  schema: (name: string) => PostgresTarget,
  measured: Rounds,
): Promise<void> {
  await load.ask('reset');
  measured.bare.push((await bareServer(load, schema('bare'))).perSecond);
  await load.ask('reset');
  const node = await inNodeRed(load, schema('node'));
  measured.node.push(node.perSecond);
  measured.p99.push(node.p99);
  await load.ask('reset');
  const folder = mkdtempSync(join(tmpdir(), 'returns-bench-'));
  const target = { driver: 'sqlite', file: join(folder, 'bench.db') } as const;
  measured.bareOnSqlite.push((await bareServer(load, target)).perSecond);
  rmSync(folder, { recursive: true, force: true });
  measured.example.push(await throughExample(RETURNS, 8, schema('example')));
  measured.exampleOnSqlite.push(await throughExample(RETURNS, 8));
}

async function inNodeRed(load: Helper, target: PostgresTarget): Promise<LoadResult> {
  const flows = receivingFlow(storeNode(IDS.store, target));
  const red = await BenchRed.start({ flows, ready: RECEIVES });
  try {
    const loop = await fullLoad(load, red.port);
    await checkStored([loop], target);
    return loop;
  } finally {
    await red.end();
  }
}

function report({ bare, node, bareOnSqlite, example, exampleOnSqlite, p99 }: Rounds): string {
  const rows = [
    ['In node on PostgreSQL, requests/s', spread(node)],
    ['  its p99 in ms', spread(p99)],
    ['bare server on PostgreSQL, requests/s', spread(bare)],
    ['bare server on SQLite, requests/s', spread(bareOnSqlite)],
    [`example 1 on PostgreSQL, returns/s (${RETURNS} returns)`, spread(example)],
    ['example 1 on SQLite, returns/s', spread(exampleOnSqlite)],
  ];
  const beside = (what: string, values: number[], name: string, baseline: number[]): Figure => ({
    what,
    value: median(values),
    unit: '/s',
    baseline: { what: name, value: median(values) / medianRatio(values, baseline) },
  });
  return (
    `7. PostgreSQL: ${CONNECTIONS} connections, and end to end\n\n${table(['variant', ''], rows)}\n\n` +
    figures([
      {
        ...beside('requests/s, ÷ the bare server', node, 'bare, PostgreSQL', bare),
        target: '≥ 0.9',
        met: medianRatio(node, bare) >= 0.9,
      },
      beside('requests/s of the bare server, ÷ SQLite', bare, 'bare, SQLite', bareOnSqlite),
      {
        ...beside('returns/s end to end, ÷ SQLite', example, 'SQLite', exampleOnSqlite),
        target: '≥ 150 /s',
        met: median(example) >= 150,
      },
    ])
  );
}
