import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { ROOT } from '../../scripts/node-red-process';

interface Manifest {
  name: string;
  license?: string;
  repository?: unknown;
  bugs?: unknown;
  keywords: string[];
  engines: { node: string };
  dependencies: Record<string, string>;
  scripts: Record<string, string>;
  'node-red': { version: string; nodes: Record<string, string> };
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
const sets = Object.entries(manifest['node-red'].nodes);

/** What an html file says about a node type, read as the Flow Library reads it: parsed, never run. */
interface Registration {
  type: string;
  definition: ts.ObjectLiteralExpression;
}

function htmlOf(script: string): string {
  return readFileSync(join(ROOT, script.replace(/\.js$/, '.html')), 'utf8');
}

function registrations(html: string): Registration[] {
  const found: Registration[] = [];
  for (const [, code = ''] of html.matchAll(/<script type="text\/javascript">([\s\S]*?)<\/script>/g)) {
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.expression.getText() === 'RED.nodes.registerType') {
        const [type, definition] = node.arguments;
        assert.ok(type && ts.isStringLiteral(type), 'the type must be a literal');
        assert.ok(definition && ts.isObjectLiteralExpression(definition), 'the definition must be a literal');
        found.push({ type: type.text, definition });
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile('dialog.js', code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS));
  }
  return found;
}

function property(definition: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  const found = definition.properties.find((one) => one.name?.getText() === name);
  return found && ts.isPropertyAssignment(found) ? found.initializer : undefined;
}

/** Keys of the catalogue in the modules that a dialog loads: `button.add`, and `button.` where the rest is put to it. */
function keysInModules(html: string): string[] {
  const [, folder] = /'resources\/@returns-ledger\/node-red-returns-ledger\/(\w+)\/'/.exec(html) ?? [];
  if (folder === undefined) return [];
  const path = join(ROOT, 'resources', folder);
  const texts = readdirSync(path)
    .filter((file) => file.endsWith('.mjs'))
    .map((file) => readFileSync(join(path, file), 'utf8'));
  return texts.flatMap((text) =>
    [...text.matchAll(/\bt\(([^()]*)/g)].flatMap(([, call = '']) =>
      [...call.matchAll(/['`]([a-z][\w-]*\.[\w-]*)/g)].map(([, key = '']) => key),
    ),
  );
}

/** Keys of a catalogue, with dots. */
function keysOf(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [prefix];
  return Object.entries(value).flatMap(([key, inner]) =>
    keysOf(inner, prefix === '' ? key : `${prefix}.${key}`),
  );
}

describe('scorecard: the manifest (node-red.md 1.19)', () => {
  it('P01 licence, with its text', () => {
    assert.equal(manifest.license, 'Apache-2.0');
    assert.match(readFileSync(join(ROOT, 'LICENSE'), 'utf8'), /Apache License/);
  });
  it('P03 repository and bugs', () => assert.ok(manifest.repository && manifest.bugs));
  it('P04 a scoped name with node-red in it', () =>
    assert.match(manifest.name, /^@[\w-]+\/node-red-[\w-]+$/));
  it('P05 keyword node-red', () => assert.ok(manifest.keywords.includes('node-red')));
  it('P06 Node-RED 4.1 and newer', () => assert.equal(manifest['node-red'].version, '>=4.1.0'));
  it('P07 engines accept Node 22.9, the lowest of Node-RED 5', () =>
    assert.equal(manifest.engines.node, '>=22.9'));
  it('D01 at most six dependencies, D02 none that is known as bad, D03 in ranges', () => {
    assert.ok(Object.keys(manifest.dependencies).length <= 6);
    assert.ok(!('agent-base' in manifest.dependencies) && !('node-red' in manifest.dependencies));
    for (const range of Object.values(manifest.dependencies)) assert.match(range, /^\^\d/);
  });
  it('no script runs at install', () => {
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
      assert.ok(!(name in manifest.scripts), name);
  });
  it('a README with something in it', () =>
    assert.ok(readFileSync(join(ROOT, 'README.md'), 'utf8').length > 2000));
});

describe('scorecard: every node set', () => {
  const types = sets.flatMap(([, script]) => registrations(htmlOf(script)).map(({ type }) => type));

  it('N01 types are unique, literal, and named like their set', () => {
    assert.equal(new Set(types).size, types.length);
    assert.deepEqual([...types].sort(), sets.map(([name]) => name).sort());
  });

  for (const [name, script] of sets) {
    describe(name, () => {
      const html = htmlOf(script);
      const [registration] = registrations(html);
      const folder = join(ROOT, script, '..');

      it('has an inline definition', () => {
        assert.ok(registration);
        for (const field of ['category', 'color', 'icon', 'inputs', 'outputs']) {
          const value = property(registration.definition, field);
          const config = property(registration.definition, 'category')?.getText() === "'config'";
          if (config && field !== 'category') continue;
          assert.ok(
            value && (ts.isStringLiteral(value) || ts.isNumericLiteral(value)),
            `${field} must be a literal`,
          );
        }
        for (const field of ['defaults', 'credentials']) {
          const value = property(registration.definition, field);
          const named = registration.definition.properties.some((one) => one.name?.getText() === field);
          if (field === 'credentials' && !named) continue;
          assert.ok(value && ts.isObjectLiteralExpression(value), `${field} must be an inline literal`);
          // A spread or a variable would run in the editor, but the Flow Library reads and does not run.
          for (const one of value.properties) {
            assert.ok(
              ts.isPropertyAssignment(one) && ts.isObjectLiteralExpression(one.initializer),
              `${field}: ${one.getText()} must be an inline literal`,
            );
          }
        }
      });

      it('has a template and help with the standard sections', () => {
        assert.match(html, new RegExp(`data-template-name="${name}"`));
        const help = new RegExp(`data-help-name="${name}">([\\s\\S]*?)</script>`).exec(html)?.[1] ?? '';
        assert.match(help, /^\s*<p>[^<]{20,}/);
        assert.match(help, /<h3>(Properties|Inputs|Outputs)<\/h3>/);
        assert.match(help, /<h3>Details<\/h3>/);
        assert.match(help, /message-properties/);
      });

      it('has an icon beside its script, if it is no config node', () => {
        const icon = registration && property(registration.definition, 'icon');
        if (icon && ts.isStringLiteral(icon))
          assert.ok(existsSync(join(folder, 'icons', icon.text)), icon.text);
        else assert.match(html, /category: 'config'/);
      });

      it('has a catalogue with every key that it uses, and no other', () => {
        const catalogue = JSON.parse(
          readFileSync(join(folder, 'locales', 'en-US', `${name}.json`), 'utf8'),
        ) as unknown;
        const keys = new Set(keysOf(catalogue));
        const attributes = [...html.matchAll(/data-i18n="([^"]+)"/g)].flatMap(([, text = '']) =>
          text.split(';').map((part) => part.replace(/^\[\w+\]/, '')),
        );
        const calls = [
          ...html.matchAll(/_\(\s*'([\w.-]+)'|'([\w-]+\.(?:label|output|error|tip|placeholder)\.[\w-]+)'/g),
        ].map(([, a, b]) => a ?? b ?? '');
        for (const key of attributes)
          assert.ok(keys.has(key) || key.startsWith('node-red:'), `${key} is not in the catalogue`);
        const used = new Set(
          [...attributes, ...calls].filter((key) => key.startsWith(`${name}.`) && !key.endsWith('.')),
        );
        for (const key of used) assert.ok(keys.has(key), `${key} is not in the catalogue`);
        const dynamic = /\.(test|placeholder)\./;
        const named = keysInModules(html).map((key) => `${name}.${key}`);
        const inModules = (key: string): boolean =>
          named.some((one) => (one.endsWith('.') ? key.startsWith(one) : key === one));
        for (const key of keys)
          assert.ok(used.has(key) || dynamic.test(key) || inModules(key), `${key} is used nowhere`);
        for (const one of named)
          assert.ok(
            [...keys].some((key) => (one.endsWith('.') ? key.startsWith(one) : key === one)),
            `${one} is not in the catalogue`,
          );
      });

      it('has a tip for every field', () => {
        const template =
          new RegExp(`data-template-name="${name}">([\\s\\S]*?)</script>`).exec(html)?.[1] ?? '';
        for (const [row] of template.matchAll(
          /<div class="form-row[^>]*>(?:(?!<div class="form-row)[\s\S])*?id="node-(?:config-)?input-[\w-]+"/g,
        )) {
          if (/-list"|-row"/.test(row)) continue;
          assert.match(row, /\[title\][\w-]+\.tip\./, row.slice(0, 120));
        }
      });
    });
  }

  it('N02 an example holds each type that is no config node', () => {
    const folder = join(ROOT, 'examples');
    const used = new Set(
      readdirSync(folder, { recursive: true })
        .map(String)
        .filter((file) => file.endsWith('.json'))
        .flatMap((file) => {
          const flow: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
          assert.ok(Array.isArray(flow), `${file.split(sep).join('/')} must be a list of nodes`);
          return (flow as { type: string }[]).map((node) => node.type);
        }),
    );
    for (const type of types) assert.ok(used.has(type), `${type} is in no example`);
  });

  it('examples use nodes of the core and of this pack only, and hold no credentials', () => {
    const core = new Set([
      'tab',
      'comment',
      'inject',
      'debug',
      'catch',
      'group',
      'function',
      'switch',
      'change',
      'link in',
      'link out',
    ]);
    for (const file of readdirSync(join(ROOT, 'examples'))) {
      const text = readFileSync(join(ROOT, 'examples', file), 'utf8');
      for (const node of JSON.parse(text) as { type: string }[]) {
        assert.ok(core.has(node.type) || types.includes(node.type), `${file}: ${node.type}`);
      }
      assert.doesNotMatch(text, /"credentials"/);
    }
  });
});

describe('editor traps (node-red.md 1.10)', () => {
  for (const [name, script] of sets) {
    it(`${name}: a validator that gives a reason takes two arguments, or the reason would count as valid`, () => {
      const html = htmlOf(script);
      for (const [text] of html.matchAll(/validate\([^)]*\) \{|validate: [^,]*/g)) {
        assert.match(text, /validate\(value, opt\)|validate: within\(/, text);
      }
    });
  }
});
