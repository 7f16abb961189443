import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort, NodeRedProcess, PACKAGE, ROOT } from '../../scripts/node-red-process';
import type { ReturnStates } from '../../scripts/returns-table';
import { booksOf, kindsOf, LIFECYCLES, withBooks } from '../support/d365-lifecycle';
import { settled, type FlowNode } from '../support/rehearsal';

/** The newest of the 4.1 line; installed beside the project, since it is needed here only. */
const OLDER = '4.1.15';

const work = mkdtempSync(join(tmpdir(), 'returns-package-'));
after(() => rmSync(work, { recursive: true, force: true }));

function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    encoding: 'utf8',
  });
}

/** How many of the 26 are exceptions at first: two, unless the example is about them. */
const EXCEPTIONS: Readonly<Record<string, number>> = { 'exceptions-by-owner.json': 5 };

/** What the example that is about exceptions mends, by its buttons. */
const REPAIRS = /^(Take the stop off|Revive the|Add the missing|Import the missing|Invoice the open) /;

/** The id of an Inject node by its name. */
function buttonOf(flow: readonly FlowNode[], name: string): string | undefined {
  return flow.find((node) => node.type === 'inject' && node['name'] === name)?.id;
}

function posted(states: ReturnStates): number {
  return states.returns.filter((one) => one.documents.length > 0).length;
}

/** All that was collected is in a batch that has a number, with each of its returns to be listed (R133). */
async function batchesClosed(nodeRed: NodeRedProcess, flow: readonly FlowNode[]): Promise<void> {
  const node = flow.find(({ type }) => type === 'returns-batch-aggregator')?.id ?? '';
  const path = `/returns-ledger/returns-batch-aggregator/${node}/batches`;
  const { batches } = await nodeRed.admin<{ batches: { id: string; state: string; members: number }[] }>(
    path,
  );
  assert.ok(batches.length > 0);
  for (const { id, state, members } of batches) {
    assert.equal(state, 'closed');
    const page = await nodeRed.admin<{ members: object[] }>(`${path}/${id}/members`);
    assert.equal(page.members.length, members);
  }
}

interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

interface NodeSet {
  id: string;
  module: string;
  types: string[];
  enabled: boolean;
  err?: unknown;
}

function redJs(version: string): string {
  if (version === '5') return join(ROOT, 'node_modules', 'node-red', 'red.js');
  const folder = join(ROOT, '.cache', `node-red-${version}`);
  const script = join(folder, 'node_modules', 'node-red', 'red.js');
  // npm writes this file last: an install that was cut short is done again instead of being started half.
  if (!existsSync(join(folder, 'node_modules', '.package-lock.json'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: `node-red-${version}`, private: true }),
    );
    npm(['install', `node-red@${version}`, '--ignore-scripts'], folder);
  }
  return script;
}

describe('the packed tarball', () => {
  let packed: Packed;
  before(() => {
    const [answer] = JSON.parse(npm(['pack', '--json', '--pack-destination', work], ROOT)) as Packed[];
    assert.ok(answer);
    packed = answer;
    console.log(`${packed.filename}: ${Math.round(packed.size / 1024)} kB, ${packed.files.length} files`);
  });

  it('holds the nodes, dialogs, catalogues, icons and examples, and nothing else', () => {
    const paths = packed.files.map((file) => file.path);
    for (const path of paths) {
      assert.match(
        path,
        /^(dist\/nodes\/|examples\/|resources\/|docs\/|package\.json$|README\.md$|CHANGELOG\.md$|LICENSE$)/,
        path,
      );
      assert.doesNotMatch(path, /\/test\//);
      // What is allowed is listed, so that a key file or a .env in a published folder cannot slip through.
      assert.match(
        path,
        /(^|\/)[\w-]+(\.[\w-]+)*\.(js|mjs|css|html|json|svg|png|jpg|webp|md)$|^LICENSE$/,
        path,
      );
    }
    assert.ok(
      paths.some((path) => path.endsWith('.svg')) && paths.some((path) => path.startsWith('examples/')),
    );
  });

  for (const version of ['5', OLDER]) {
    describe(`installed in Node-RED ${version}`, () => {
      let nodeRed: NodeRedProcess;
      before(async () => {
        const userDir = join(work, `user-${version}`);
        mkdirSync(userDir);
        writeFileSync(
          join(userDir, 'package.json'),
          JSON.stringify({ name: 'user-directory', private: true, dependencies: {} }),
        );
        npm(['install', '--ignore-scripts', '--omit=dev', join(work, packed.filename)], userDir);
        nodeRed = await NodeRedProcess.start({
          userDir,
          port: await freePort(),
          flows: [],
          redJs: redJs(version),
        });
      });
      after(() => nodeRed.stop('SIGKILL'));

      it('loads every node set without an error', async () => {
        const sets = (await nodeRed.admin<NodeSet[]>('/nodes')).filter((set) => set.module === PACKAGE);
        const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
          'node-red': { nodes: object };
        };
        assert.deepEqual(
          sets.flatMap((set) => set.types).sort(),
          Object.keys(manifest['node-red'].nodes).sort(),
        );
        for (const set of sets) assert.ok(set.enabled && set.err === undefined, set.id);
      });

      it('serves icons, texts and the dialogs’ script', async () => {
        const icons = await nodeRed.admin<Record<string, string[]>>('/icons');
        assert.ok(icons[PACKAGE]?.includes('returns-in.svg'));
        const texts = JSON.stringify(await nodeRed.admin('/nodes/messages?lng=en-US'));
        for (const name of [
          'Happy Returns In',
          'SKU Validator',
          'D365 Create Return Order',
          'Exception Router',
          'Returns Sandbox',
        ]) {
          assert.ok(texts.includes(name), name);
        }
        const script = await fetch(`${nodeRed.baseUrl}/resources/${PACKAGE}/returns-ledger.js`);
        assert.equal(script.status, 200);
      });

      for (const example of readdirSync(join(ROOT, 'examples'))) {
        it(`imports ${example} and runs it to green`, { timeout: 240_000 }, async () => {
          // The import dialog of the editor lists it, and its text is what the dialog would import.
          const name = example.replace('.json', '');
          const listed = await nodeRed.admin<{ fn: string }[]>(`/library/examples/flows/${PACKAGE}`);
          assert.ok(
            listed.some((entry) => entry.fn === name),
            JSON.stringify(listed),
          );
          const flow = await nodeRed.admin<FlowNode[]>(`/library/examples/flows/${PACKAGE}/${name}`);
          const lifecycle = LIFECYCLES[example];
          await nodeRed.deploy(lifecycle ? withBooks(flow) : flow);
          await nodeRed.waitForLog(/Receives Happy Returns webhooks/);
          const store = flow.find(({ type }) => type === 'returns-store')?.id ?? '';
          const until = async (wanted: (states: ReturnStates) => boolean): Promise<ReturnStates> => {
            // Batch jobs are waited for, step by step.
            const deadline = Date.now() + (lifecycle ? 150_000 : 60_000);
            for (;;) {
              const states = await nodeRed.admin<ReturnStates>(
                `/returns-ledger/returns-store/${store}/returns?limit=500`,
              );
              if (wanted(states) || Date.now() > deadline) return states;
              await new Promise((resolve) => setTimeout(resolve, 200));
            }
          };
          await nodeRed.inject(buttonOf(flow, 'Send 25 returns') ?? '');
          let states = await until((now) => now.returns.length === 26 && settled(now));
          // Where the example has such a button, the goods of the returns reach the warehouse.
          const arrive = buttonOf(flow, 'Goods arrive and are accepted');
          if (arrive !== undefined) {
            await nodeRed.inject(arrive);
            const inspect = buttonOf(flow, lifecycle?.inspect ?? '');
            if (inspect !== undefined) {
              await until(
                ({ returns }) => returns.filter((one) => kindsOf(one).includes('item-arrival')).length === 24,
              );
              await nodeRed.inject(inspect);
            }
            states = await until(
              (now) => now.returns.every(({ stage }) => stage === 'accepted') && settled(now),
            );
          }
          const held = EXCEPTIONS[example] ?? 2;
          // Where it collects returns, the batch is closed before its time.
          const flush = buttonOf(flow, 'Close the batch now');
          if (flush !== undefined) {
            await nodeRed.inject(flush);
            states = await until((now) => posted(now) === 26 - held && settled(now));
            await batchesClosed(nodeRed, flow);
          }
          assert.equal(posted(states), 26 - held);
          assert.equal(states.exceptions.open, held);
          if (lifecycle) lifecycle.check(states, await booksOf(nodeRed.baseUrl, lifecycle));
          if (example in EXCEPTIONS) {
            for (const { id, type, name } of flow) {
              if (type === 'inject' && REPAIRS.test(String(name))) await nodeRed.inject(id);
            }
            await nodeRed.inject(buttonOf(flow, 'Resume everything') ?? '');
            states = await until((now) => now.exceptions.open === 0 && settled(now));
            assert.equal(states.exceptions.open, 0);
            assert.ok(states.returns.every(({ documents }) => documents.length === 1));
          }
          assert.doesNotMatch(nodeRed.log, /\[error\]|missing types|Unhandled/i);
        });
      }
    });
  }
});
