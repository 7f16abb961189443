import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresServer } from '../postgres-server';
import { bareServer, CONNECTIONS, PREPARED } from './bare-run';
import { Helper, HELPER_CORE } from './helper';
import { figures, median, medianRatio, progress, spread, table } from './report';

/**
 * Figure 7: the ingest on PostgreSQL beside the same on SQLite, without Node-RED; the database server is tied to no
 * processor.
 */
export async function onPostgres(rounds: number): Promise<string> {
  const server = await PostgresServer.start().catch((thrown: unknown) => String(thrown));
  if (typeof server === 'string') return `7. PostgreSQL: left out. ${server}`;
  const load = Helper.start('load-process', HELPER_CORE);
  const postgres: number[] = [];
  const sqlite: number[] = [];
  const p99: number[] = [];
  try {
    await load.ask('prepare', { count: PREPARED });
    const { host, port, database, user, password } = server;
    const settings = { driver: 'postgres', host, port, database, user, password } as const;
    for (let round = 1; round <= rounds; round += 1) {
      progress(`postgres, round ${round} of ${rounds}`);
      await load.ask('reset');
      const result = await bareServer(load, { ...settings, schema: `bench_${round}` });
      postgres.push(result.perSecond);
      p99.push(result.p99);
      await load.ask('reset');
      const folder = mkdtempSync(join(tmpdir(), 'returns-bench-'));
      sqlite.push((await bareServer(load, { driver: 'sqlite', file: join(folder, 'bench.db') })).perSecond);
      rmSync(folder, { recursive: true, force: true });
    }
  } finally {
    await Promise.all([load.stop(), server.stop()]);
  }
  const value = median(postgres);
  const rows = [
    ['PostgreSQL', spread(postgres), spread(p99)],
    ['SQLite', spread(sqlite), ''],
  ];
  return (
    `7. The bare server of figure 1 on PostgreSQL, ${CONNECTIONS} connections\n\n` +
    `${table(['store', 'requests/s', 'p99 ms'], rows)}\n\n` +
    figures([
      {
        what: 'requests/s on PostgreSQL',
        value,
        unit: '/s',
        baseline: { what: 'SQLite', value: value / medianRatio(postgres, sqlite) },
      },
    ])
  );
}
