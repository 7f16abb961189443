import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, it } from 'node:test';

const nodes = resolve(__dirname, '..', '..', 'nodes');

/** DESIGN section 4: what a folder may import besides itself. Vendors import the three below them and no other vendor. */
const BASE = ['returns', 'store', 'runtime'];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  returns: [],
  store: ['returns'],
  runtime: ['returns', 'store'],
  'happy-returns': BASE,
  d365: BASE,
  brightpearl: BASE,
  flow: BASE,
  watch: BASE,
  sandbox: ['returns', 'runtime'],
};

interface Import {
  file: string;
  from: string;
  to: string;
}

function imports(): Import[] {
  return readdirSync(nodes, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(nodes, file), 'utf8');
      return [...text.matchAll(/from '(\.[^']+)'/g)].map(([, target = '']) => {
        const path = relative(nodes, resolve(nodes, dirname(file), target));
        return { file, from: file.split(sep)[0] ?? '', to: path.split(sep)[0] ?? '' };
      });
    });
}

describe('DESIGN 4: imports run downwards only', () => {
  it('knows every folder', () => {
    const folders = readdirSync(nodes, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const folder of folders) assert.ok(MAY_IMPORT[folder.name], `nodes/${folder.name} has no rule here`);
  });

  it('no folder imports what is not below it', () => {
    const found = imports();
    assert.ok(found.length > 100);
    const wrong = found.filter(({ from, to }) => from !== to && !MAY_IMPORT[from]?.includes(to));
    assert.deepEqual(wrong, []);
  });

  it('the domain is pure: no Node-RED, no I/O', () => {
    for (const file of readdirSync(join(nodes, 'returns'))) {
      const text = readFileSync(join(nodes, 'returns', file), 'utf8');
      for (const [, name = ''] of text.matchAll(/from '([^.'][^']*)'/g))
        assert.equal(name, 'zod', `${file} imports ${name}`);
    }
  });

  it('only runtime/define-node.ts registers node types', () => {
    const files = readdirSync(nodes, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.ts'));
    const registering = files.filter((file) =>
      readFileSync(join(nodes, file), 'utf8').includes('.registerType('),
    );
    assert.deepEqual(registering, [join('runtime', 'define-node.ts')]);
  });

  it('no vendor word is spoken in the domain, the store or the flow', () => {
    for (const folder of ['returns', 'store', 'flow']) {
      for (const file of readdirSync(join(nodes, folder)).filter((name) => name.endsWith('.ts'))) {
        const text = readFileSync(join(nodes, folder, file), 'utf8').replace(
          /\/\*[\s\S]*?\*\/|\/\/.*$/gm,
          '',
        );
        assert.doesNotMatch(
          text,
          /happyReturns|ReturnOrderHeaders|dataAreaId|return_status_updated/,
          `${folder}/${file}`,
        );
      }
    }
  });
});
