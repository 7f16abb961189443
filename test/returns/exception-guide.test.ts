import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CATALOGUE, OWNERS } from '../../nodes/returns/exception-catalogue';
import { GUIDE, guideTo } from '../../nodes/returns/exception-guide';
import { COMMANDS, readCommand } from '../../nodes/runtime/exception-commands';
import { exceptionsGuide } from '../../scripts/exceptions-guide';
import { ROOT } from '../../scripts/node-red-process';

describe('the operator’s guide to exceptions', () => {
  const guide = exceptionsGuide();
  const headings = [...guide.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);

  it('R213: is the file in the pack, as `npm run guide` writes it', () => {
    assert.ok(existsSync(join(ROOT, GUIDE)), 'run npm run guide');
    assert.equal(
      readFileSync(join(ROOT, GUIDE), 'utf8'),
      guide,
      'the catalogue has changed: run npm run guide',
    );
    assert.match(readFileSync(join(ROOT, 'README.md'), 'utf8'), /\(docs\/exceptions\.md\)/);
  });

  it('R152: has a section for each exception, where its link leads', () => {
    for (const [code, entry] of Object.entries(CATALOGUE)) {
      assert.equal(headings.filter((heading) => heading === code).length, 1, code);
      assert.ok(guideTo(code).endsWith(`#${code}`));
      const section = guide.slice(guide.indexOf(`### ${code}\n`)).split(/\n##/)[0] ?? '';
      for (const text of [
        entry.title,
        entry.meaning,
        entry.evidence,
        entry.priority,
        entry.closes,
        ...entry.steps,
      ]) {
        assert.ok(section.includes(text), `${code}: ${text}`);
      }
    }
  });

  it('has no link that leads nowhere', () => {
    const anchors = new Set(headings.map((heading) => heading.toLowerCase().replace(/ /g, '-')));
    const links = [...guide.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    assert.ok(links.length >= Object.keys(CATALOGUE).length + OWNERS.length);
    for (const link of links) assert.ok(anchors.has(link), link);
  });

  it('names each button, each part of the score and each command', () => {
    for (const command of COMMANDS) assert.ok(guide.includes(`| \`${command}\` |`), command);
    const texts = JSON.parse(
      readFileSync(join(ROOT, 'nodes/watch/locales/en-US/returns-sidebar.json'), 'utf8'),
    ) as { 'returns-sidebar': { act: Record<string, unknown>; score: Record<string, string> } };
    const { act, score } = texts['returns-sidebar'];
    for (const name of ['resume', 'edit', 'assign', 'note', 'resolve', 'discard']) {
      assert.ok(guide.includes(`| **${String(act[name])}** |`), name);
    }
    for (const [name, part] of Object.entries(score)) {
      if (name !== 'title') assert.ok(guide.includes(`| ${part} |`), part);
    }
  });

  it('R210: gives examples of commands that are taken as they stand there', () => {
    const rows = [...guide.matchAll(/^\| `([a-z]+)` \| (.+?) \|/gm)];
    const given = rows.flatMap(([, command = '', payloads = '']) =>
      [...payloads.matchAll(/`(\{.*?\})`/g)].map(([, json = '']) => [command, json] as const),
    );
    assert.ok(given.length >= COMMANDS.length);
    for (const [command, json] of given) {
      assert.equal(readCommand(command, JSON.parse(json))?.command, command, json);
    }
  });

  it('R218: agrees with the page about Brightpearl on who clears what', () => {
    const page = readFileSync(join(ROOT, 'docs/brightpearl.md'), 'utf8');
    const rows = [...page.matchAll(/^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| ([a-z, ]+) \|/gm)];
    assert.ok(rows.length >= 15, 'the table is there');
    for (const [, codes = '', owners = ''] of rows) {
      const wanted = owners.split(', ');
      for (const [at, code] of codes.replace(/`/g, '').split(', ').entries()) {
        assert.ok(code in CATALOGUE, code);
        const { owner } = CATALOGUE[code as keyof typeof CATALOGUE];
        assert.equal(owner, wanted[wanted.length === 1 ? 0 : at], code);
      }
    }
  });
});
