import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildException, exceptionSchema, type ExceptionFacts } from '../../nodes/returns/exception';
import {
  CATALOGUE,
  entryOf,
  OWNERS,
  titleOf,
  type CatalogueEntry,
  type ExceptionCode,
} from '../../nodes/returns/exception-catalogue';
import { causeOf } from '../../nodes/returns/exception-cause';
import { rankOf } from '../../nodes/returns/exception-rank';
import { CLOSES, PRIORITY } from '../../nodes/returns/catalogue-entry';
import { LedgerError, type FailureClass } from '../../nodes/returns/failure';
import { erpFault } from '../../nodes/runtime/erp-fault';

const NODES = join(__dirname, '..', '..', '..', 'nodes');
const entries = Object.entries(CATALOGUE) as [ExceptionCode, CatalogueEntry][];

const FACTS: Omit<ExceptionFacts, 'code'> = {
  returnNumber: 'HRQ7K2MD',
  orderNumber: 'AC-50211',
  brand: 'acme-shoes',
  what: 'STOP-42-RED',
  raisedBy: 'test',
  raisedAt: '2026-01-01T00:00:00.000Z',
};

/** Every text of an entry that a person reads. */
function textsOf(entry: CatalogueEntry): string[] {
  const { title, sentence, meaning, evidence, steps, priority, closes } = entry;
  return [title, sentence, meaning, evidence, ...steps, priority, closes];
}

/** The sources that may raise an exception: all but the catalogue, what ranks and groups it, and the simulated vendors. */
function raisingSources(): string {
  return readdirSync(NODES, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts') && !file.startsWith('sandbox'))
    .filter((file) => !/exception-(catalogue|cause|rank|guide)\.ts$/.test(file))
    .map((file) => readFileSync(join(NODES, file), 'utf8'))
    .join('\n')
    .replace(/^\s*'[a-z-]+',$/gm, '');
}

/** Texts of a locale file, or of all of them: what stands on buttons and beside fields. */
function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsIn) : [];
}

interface SidebarTexts {
  'returns-sidebar': {
    act: Record<string, unknown>;
    field: Record<string, string>;
    fact: Record<string, string>;
  };
}

const sidebar = (
  JSON.parse(readFileSync(join(NODES, 'watch/locales/en-US/returns-sidebar.json'), 'utf8')) as SidebarTexts
)['returns-sidebar'];
const buttons = Object.values(sidebar.act)
  .filter((text) => typeof text === 'string')
  .map((text) => text.replace(/ (\{\{n\}\}|__n__)$/, ''));
const labels = readdirSync(NODES, { recursive: true })
  .map(String)
  .filter((file) => /locales[\\/]en-US[\\/].*\.json$/.test(file))
  .flatMap((file) => wordsIn(JSON.parse(readFileSync(join(NODES, file), 'utf8'))))
  .concat(buttons);

describe('R152: each exception carries its cause, evidence, steps, owner and what ends it', () => {
  for (const [code, entry] of entries) {
    it(code, () => {
      assert.match(code, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(OWNERS.includes(entry.owner));
      assert.match(entry.title, /^[A-Z]/);
      assert.ok(entry.title.length <= 45, `${entry.title}: ${entry.title.length} characters`);
      assert.match(entry.sentence, /\{what\}/);
      const sentences = entry.meaning.split(/[.!?](?:\s|$)/).filter((one) => one !== '').length;
      assert.ok(sentences >= 1 && sentences <= 4, `meaning has ${sentences} sentences`);
      assert.ok(entry.steps.length >= 2, 'what to find out, and what to press');
      for (const text of [entry.meaning, entry.evidence, entry.priority, entry.closes, ...entry.steps]) {
        assert.match(text, /^[A-Z“].*[^.]\.$/s, text);
      }
      const last = entry.steps.join(' ');
      assert.match(last, /“(Resume|Resume all|Correct|Done outside|Discard)”/, 'a step that ends it');
    });
  }

  it('has titles that tell entries apart', () => {
    assert.equal(new Set(entries.map(([, { title }]) => title)).size, entries.length);
    assert.equal(titleOf('sku-unknown'), 'SKU not known in the ERP');
    assert.equal(titleOf('code-of-tomorrow'), 'code of tomorrow');
    assert.equal(entryOf('constructor'), undefined);
  });

  it('names only buttons that the sidebar Returns has, and fields that a dialog has', () => {
    assert.ok(
      ['Resume', 'Resume all', 'Assign', 'Note', 'Correct', 'Done outside', 'Discard'].every((one) =>
        buttons.includes(one),
      ),
    );
    for (const [code, { steps, closes }] of entries) {
      for (const text of [...steps, closes]) {
        for (const [, word = ''] of text.matchAll(/“([^”]+)”/g))
          assert.ok(labels.includes(word), `${code}: “${word}”`);
        for (const [, word = ''] of text.matchAll(/[Pp]ress(?:es)? “([^”]+)”/g)) {
          assert.ok(buttons.includes(word) || word === 'Test connection', `${code}: press “${word}”`);
        }
        for (const [, word = ''] of text.matchAll(/press “Correct”, (?:enter|change) ([^,.]*)/g)) {
          const fields = [...word.matchAll(/“([^”]+)”/g)].map(([, field = '']) => field);
          const known = Object.values(sidebar.field);
          if (fields.length > 0)
            for (const field of fields) assert.ok(known.includes(field), `${code}: field “${field}”`);
        }
      }
    }
  });

  it('reads as one sentence that names the return', () => {
    const exception = buildException({ ...FACTS, code: 'sku-blocked' });
    assert.deepEqual(exceptionSchema.parse(exception), exception);
    assert.equal(
      exception.summary,
      'Return HRQ7K2MD (order AC-50211): the ERP has stopped STOP-42-RED for sales, so a return cannot be posted.',
    );
  });
});

describe('the catalogue and what nodes raise are the same', () => {
  const sources = raisingSources();

  it('every entry is raised by a node', () => {
    for (const [code] of entries) assert.ok(sources.includes(`'${code}'`), `${code} is raised nowhere`);
  });

  it('every code that a node raises has an entry', () => {
    // An object with a code and a `what` beside it is what becomes an exception.
    const raised = new Set<string>();
    for (const [, first = '', second] of sources.matchAll(
      /code: (?:\w+ \? )?'([a-z-]+)'(?: : '([a-z-]+)')?(?: as \w+)?,\s*what\b/g,
    )) {
      raised.add(first);
      if (second !== undefined) raised.add(second);
    }
    for (const [, code = ''] of sources.matchAll(/(?:[lL]ine|receipt|sku)Problem\(\s*'([a-z-]+)'/g))
      raised.add(code);
    for (const [, code = ''] of sources.matchAll(/(?:buildException|exceptionFor)\([^)]*code: '([a-z-]+)'/g))
      raised.add(code);
    assert.ok(raised.size >= 40, `the scan found ${raised.size} codes only`);
    for (const code of raised) assert.ok(entryOf(code), `${code} is raised and not in the catalogue`);
  });

  it('a node that raises another code does not compile', () => {
    // @ts-expect-error -- only codes of the catalogue can be raised
    const unknown: ExceptionCode = 'code-of-tomorrow';
    assert.equal(entryOf(unknown), undefined);
  });
});

describe('who gets what', () => {
  const ownedBy = (...codes: ExceptionCode[]): string[] => [
    ...new Set(codes.map((code) => CATALOGUE[code].owner)),
  ];

  /** The one table of owners, code by code: a change of an owner is a change of this table. */
  const TABLE: Record<(typeof OWNERS)[number], readonly ExceptionCode[]> = {
    finance: [
      'order-not-invoiced',
      'order-historical',
      'quantity-over-order',
      'credit-by-others',
      'value-over-order',
      'price-mismatch',
      'bundle-part',
      'tax-mismatch',
      'customer-on-hold',
      'fee-unmapped',
      'period-closed',
      'credit-not-invoiced',
      'credit-not-posted',
      'credit-needs-authorisation',
      'amount-mismatch',
      'credited-but-rejected',
      'payment-method-unmapped',
      'refund-over-paid',
      'refund-declined',
      'refund-by-others',
      'credit-blocked',
      'stock-without-credit',
      'credit-missing',
      'exchange-price-missing',
      'batch-value-missing',
      'credit-overdue',
    ],
    warehouse: [
      'goods-not-ready',
      'goods-not-on-credit',
      'goods-not-announced',
      'disposition-unfit',
      'warehouse-advanced',
      'arrival-without-effect',
      'disposition-unmapped',
      'location-unknown',
      'warehouse-mismatch',
      'release-outcome-unknown',
      'credit-without-stock',
      'exchange-not-allocated',
      'location-unmapped',
      'arrival-overdue',
      'inspection-overdue',
      'inspection-conflict',
    ],
    'customer service': [
      'order-unknown',
      'order-locked',
      'return-order-missing',
      'return-order-locked',
      'return-order-closed',
      'order-cancelled',
      'customer-unknown',
      'blind-return',
      'substitution',
      'line-not-on-order',
      'credited-but-cancelled',
      'exchange-sku-missing',
      'exchange-too-early',
      'return-grown',
      'handover-overdue',
      'rejected-goods',
    ],
    data: [
      'sku-missing',
      'sku-unknown',
      'sku-blocked',
      'sku-discontinued',
      'quantity-not-whole',
      'unit-mismatch',
      'unit-unmapped',
      'uom-not-representable',
      'return-type-unmapped',
      'reason-unmapped',
      'tax-unmapped',
      'credit-line-refused',
      'batch-member-invalid',
      'batch-line-refused',
      'erp-refused',
    ],
    integration: [
      'posting-without-effect',
      'order-reference-missing',
      'order-reference-invalid',
      'order-ambiguous',
      'batch-group-failed',
      'arrival-not-posted',
      'document-ambiguous',
      'document-conflict',
      'erp-unavailable',
      'erp-unauthorized',
      'erp-outcome-unknown',
      'node-misconfigured',
      'brand-unknown',
      'event-unknown',
      'event-invalid',
      'exchange-address-unsent',
    ],
  };

  it('R142: every type goes to the team of the table', () => {
    assert.deepEqual(Object.values(TABLE).flat().sort(), entries.map(([code]) => code).sort());
    for (const [owner, codes] of Object.entries(TABLE)) {
      for (const code of codes) assert.equal(buildException({ ...FACTS, code }).owner, owner, code);
    }
  });

  it('R144: a bad SKU and a late parcel differ in class, and only the SKU needs a data fix', () => {
    const sku = CATALOGUE['sku-unknown'];
    const parcel = CATALOGUE['credit-without-stock'];
    assert.deepEqual([sku.class, parcel.class], ['data-invalid', 'state-blocked']);
    const mendsData = /press “Correct”|create or release|correct it/i;
    assert.match(sku.steps.join(' '), mendsData);
    assert.doesNotMatch(parcel.steps.join(' '), mendsData);
    assert.match(parcel.meaning, /No data is wrong/);
  });

  it('R146: customer service owns locked orders, finance owns fee and quantity differences', () => {
    assert.deepEqual(ownedBy('order-locked'), ['customer service']);
    assert.deepEqual(ownedBy('fee-unmapped', 'quantity-over-order', 'value-over-order', 'price-mismatch'), [
      'finance',
    ]);
  });

  it('R147: SKU mismatches are the data team’s', () => {
    const skus = entries.filter(([code]) => code.startsWith('sku-')).map(([code]) => code);
    assert.equal(skus.length, 4);
    assert.deepEqual(ownedBy(...skus), ['data']);
  });

  it('R149: what a customer is told about a refund is customer service’s, reconciliation is finance’s', () => {
    assert.deepEqual(ownedBy('credited-but-cancelled', 'order-locked', 'order-unknown'), [
      'customer service',
    ]);
    assert.deepEqual(
      ownedBy('stock-without-credit', 'amount-mismatch', 'credit-not-invoiced', 'credit-by-others'),
      ['finance'],
    );
  });

  it('R153: a delisted item can be revived or substituted, by steps that can be followed', () => {
    const steps = CATALOGUE['sku-discontinued'].steps;
    assert.match(steps[0], /revive .* substitute/);
    assert.match(
      steps.find((step) => step.startsWith('To revive')) ?? '',
      /Product lifecycle state.*“Resume”/s,
    );
    const substitute = steps.filter((step) => step.startsWith('To substitute'));
    assert.match(substitute.join(' '), /“Items sent instead of others”.*“Correct”.*“SKU”.*“Done outside”/s);
  });

  it('R193: technical failures and data failures have different owners and classes', () => {
    const fault = (failure: FailureClass): ExceptionCode =>
      erpFault(new LedgerError({ code: 'test', class: failure, message: 'no answer' })).code;
    const technical = (['transient', 'rate-limited', 'ambiguous', 'auth', 'config'] as const).map(fault);
    assert.deepEqual(ownedBy(...technical), ['integration']);
    assert.deepEqual(ownedBy(fault('data-invalid')), ['data']);
    for (const code of technical) assert.notEqual(CATALOGUE[code].class, 'data-invalid', code);
    assert.equal(CATALOGUE[fault('data-invalid')].class, 'data-invalid');
    for (const [code, entry] of entries)
      if (entry.owner === 'data') assert.equal(entry.class, 'data-invalid', code);
  });
});

describe('R194: texts can be understood by operators', () => {
  /** Nothing that only a programmer knows. */
  const JARGON =
    /stack|\bat \S+:\d+|undefined|\bnull\b|\bNaN\b|JSON|payload|\bmsg\b|\bHTTP\b|\bAPI\b|\bURL\b|boolean|regular expression|callback|schema|parse|idempoten|canonical|async|enum|string|integer|\bhash\b/i;
  /** What only those who look after the flow know. */
  const FOR_INTEGRATION = /webhook|token|credential|secret|timeout|connection node|instance/i;

  for (const [code, entry] of entries) {
    it(`${code} says what, which return, effect, who and next step`, () => {
      const exception = buildException({ ...FACTS, code });
      assert.match(exception.summary, /^Return HRQ7K2MD \(order AC-50211\): .*STOP-42-RED/);
      assert.ok(exception.summary.length < 320, 'one sentence or two');
      for (const text of textsOf(entry)) {
        assert.doesNotMatch(text, JARGON, text);
        if (entry.owner !== 'integration') assert.doesNotMatch(text, FOR_INTEGRATION, text);
      }
      assert.match(
        `${entry.sentence} ${entry.meaning}`,
        /posted|booked|moved|credit|stock|money|refund|order was made|replacement/i,
        'the effect on stock or money',
      );
      assert.ok(exception.owner !== '' && exception.steps.length > 0);
    });
  }
});

describe('priority and closing in words agree with what the list does', () => {
  const NOW = '2026-03-12T12:00:00.000Z';

  for (const [code, entry] of entries) {
    it(code, () => {
      const { parts } = rankOf({ code, owner: entry.owner, value: null, firstAt: NOW, group: 1 }, NOW);
      const words =
        parts.credit > 0 ? PRIORITY.first : parts.promise > 0 ? PRIORITY.promised : PRIORITY.usual;
      assert.equal(entry.priority, words);
      for (const points of [parts.credit, parts.promise]) {
        if (points > 0) assert.ok(entry.priority.includes(`adds ${points} points`));
      }
      // Two returns with the same thing wrong are one cause, or each is one of its own.
      const exception = {
        code,
        class: entry.class,
        raisedBy: 'a-node',
        about: { returnNumber: null, orderNumber: null, brand: 'acme-shoes' },
        lines: [
          { lineId: '1', sku: 'A-1', code, field: 'sku', expected: null, received: 'x', candidates: [] },
        ],
      };
      const together = causeOf(exception, 'return 1') === causeOf(exception, 'return 2');
      const others = /then go on by themselves/.test(entry.closes);
      assert.equal(others, together, entry.closes);
      assert.equal(/no others go with it/i.test(entry.closes), !together, entry.closes);
      if (!together) return;
      const thing = causeOf(exception, 'return 1').split('|')[2];
      const kind = { 'A-1': 'sku', x: 'value', 'a-node': 'node', brand: 'brand' }[
        thing ?? ''
      ] as keyof typeof CLOSES;
      const shared = /Others .* then go on by themselves/i.exec(CLOSES[kind])?.[0] ?? '?';
      assert.ok(entry.closes.toLowerCase().includes(shared.toLowerCase()), `${entry.closes} / ${kind}`);
    });
  }
});
