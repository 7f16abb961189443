import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildException, type ReturnException } from '../../nodes/returns/exception';
import { CATALOGUE, OWNERS, type ExceptionCode } from '../../nodes/returns/exception-catalogue';
import { EXCEPTION_CLASSES, ownerOf } from '../../nodes/returns/ownership';
import { exceptionCodes } from '../../nodes/flow/exception-codes';
import { outputsOf } from '../../nodes/flow/router-outputs';
import { routerRig, type Out } from '../support/router-rig';
import { dialogDefaults } from '../support/dialog-defaults';
import { NOW } from '../support/events';

const CODES = Object.keys(CATALOGUE) as ExceptionCode[];

function exceptionOf(code: ExceptionCode): ReturnException {
  const about = { returnNumber: 'R1', orderNumber: 'O1', brand: 'acme-shoes' };
  return buildException({ code, ...about, what: 'RUN-42', raisedBy: 'erp-node', raisedAt: NOW });
}

const sku = (code: ExceptionCode): ReturnException => exceptionOf(code);
const outputsIn = (out: readonly Out[]): number[] => out.map(({ output }) => output);

describe('R142, R145: the ownership table', () => {
  it('R142: without a row every code of the catalogue goes to its own owner’s output', async () => {
    const rig = await routerRig({ outputs: 8 });
    for (const code of CODES) {
      const [sent] = await rig.raise(`R-${code}`, exceptionOf(code));
      assert.equal(sent?.output, 1 + OWNERS.indexOf(CATALOGUE[code].owner), code);
      assert.equal(sent.message['fallbackOwner'], undefined);
    }
    const { byOwner } = await rig.store.countExceptions();
    for (const owner of OWNERS) {
      assert.equal(byOwner[owner], CODES.filter((code) => CATALOGUE[code].owner === owner).length);
    }
    await rig.end();
  });

  it('the most exact row wins: code, then class, then the catalogue', () => {
    const table = [
      { match: 'config', owner: 'night shift' },
      { match: 'node-misconfigured', owner: 'builders' },
    ];
    const owner = (code: ExceptionCode): string => ownerOf(exceptionOf(code), table);
    assert.equal(owner('node-misconfigured'), 'builders');
    assert.equal(owner('brand-unknown'), 'night shift');
    assert.equal(owner('sku-blocked'), 'data');
    // The class is that of the case, where a node knows it better than the catalogue.
    assert.equal(ownerOf({ ...exceptionOf('erp-refused'), class: 'config' }, table), 'night shift');
  });

  it('R142: every code that is given to an owner of the brand’s own goes there, in the store as well', async () => {
    const table = CODES.map((match) => ({ match, owner: 'brand desk' }));
    const rig = await routerRig({ owners: ['brand desk'], table, outputs: 4 });
    for (const code of CODES) {
      const [sent] = await rig.raise(`R-${code}`, exceptionOf(code));
      assert.deepEqual(
        [sent?.output, (sent?.message['exception'] as ReturnException).owner],
        [1, 'brand desk'],
      );
    }
    assert.deepEqual((await rig.store.countExceptions()).byOwner, { 'brand desk': CODES.length });
    await rig.end();
  });

  it('R145: what belongs to an owner without an output goes to the chosen fallback, with a mark', async () => {
    const settings = { owners: ['data', 'finance', 'warehouse'], fallback: 'finance', outputs: 6 };
    const rig = await routerRig({ ...settings, table: [{ match: 'sku-blocked', owner: 'nobody' }] });
    const [byTable] = await rig.raise('R1', exceptionOf('sku-blocked'));
    assert.deepEqual([byTable?.output, byTable?.message['fallbackOwner']], [2, true]);
    const [byCatalogue] = await rig.raise('R2', exceptionOf('erp-unavailable'));
    assert.deepEqual([byCatalogue?.output, byCatalogue?.message['fallbackOwner']], [2, true]);
    const [own] = await rig.raise('R3', exceptionOf('sku-unknown'));
    assert.deepEqual([own?.output, own?.message['fallbackOwner']], [1, undefined]);
    // Lists say whose it is, not who fills in for them.
    assert.deepEqual((await rig.store.countExceptions()).byOwner, { data: 1, integration: 1, nobody: 1 });
    await rig.end();
  });

  it('R146, R147, R149: customers, money, goods and data go to those who can act', async () => {
    const rig = await routerRig({ outputs: 8 });
    const to = async (code: ExceptionCode): Promise<string | undefined> => {
      const [sent] = await rig.raise(`R-${code}`, exceptionOf(code));
      return OWNERS[(sent?.output ?? 0) - 1];
    };
    assert.equal(await to('order-locked'), 'customer service');
    assert.equal(await to('fee-unmapped'), 'finance');
    assert.equal(await to('amount-mismatch'), 'finance');
    assert.equal(await to('sku-unknown'), 'data');
    assert.equal(await to('exchange-sku-missing'), 'customer service');
    assert.equal(await to('credit-not-invoiced'), 'finance');
    await rig.end();
    const table = [{ match: 'quantity-over-order', owner: 'finance' }];
    const assigned = await routerRig({ outputs: 8, table });
    assert.deepEqual(outputsIn(await assigned.raise('Q', exceptionOf('quantity-over-order'))), [1]);
    await assigned.end();
  });

  it('R193: technical faults and data faults have different owners', () => {
    const owners = (...classes: string[]): Set<string> =>
      new Set(
        CODES.filter((code) => classes.includes(CATALOGUE[code].class)).map((code) => CATALOGUE[code].owner),
      );
    const technical = owners('transient', 'rate-limited', 'auth');
    assert.deepEqual([...technical], ['integration']);
    const table = EXCEPTION_CLASSES.filter((name) => ['transient', 'auth'].includes(name)).map((match) => ({
      match,
      owner: 'platform team',
    }));
    assert.equal(ownerOf(exceptionOf('erp-unavailable'), table), 'platform team');
    assert.equal(ownerOf(exceptionOf('sku-unknown'), table), 'data');
  });

  it('what a person has assigned stays theirs when it is raised again, and at a change of the table', async () => {
    const rig = await routerRig({ outputs: 8 });
    await rig.raise('R1', sku('sku-blocked'));
    await rig.raise('R2', sku('sku-blocked'));
    const [{ id } = { id: '' }] = await rig.store.listExceptions({ limit: 9 });
    await rig.ask('assign', { id, owner: 'finance' });
    const { returnKey } = (await rig.store.parkedException(id)) ?? {};
    const [again] = await rig.raise(returnKey?.split('/')[2] ?? '', sku('sku-blocked'));
    assert.equal(again?.output, 1 + OWNERS.indexOf('finance'));
    await rig.node.end();
    const later = await routerRig(
      { outputs: 8, table: [{ match: 'sku-blocked', owner: 'warehouse' }] },
      { store: rig.store },
    );
    await later.ask('list', {});
    assert.deepEqual((await rig.store.countExceptions()).byOwner, { finance: 1, warehouse: 1 });
    const moved = await rig.store.listExceptions({ owner: 'warehouse', limit: 9 });
    assert.deepEqual(
      (await rig.store.exceptionHistory(moved[0]?.id ?? ''))
        .map(({ who, action, note }) => [who, action, note])
        .at(-1),
      ['flow', 'assigned', 'data → warehouse'],
    );
    // The catalogue's owner is not forgotten over the table's.
    await rig.store.reownExceptions(later.node.id, ({ owner }) => owner, NOW);
    assert.deepEqual((await rig.store.countExceptions()).byOwner, { data: 1, finance: 1 });
    await later.end();
    await rig.store.close();
  });
});

describe('the outputs', () => {
  it('a node that an earlier version saved keeps its ports: the last owner is its fallback, and it has no alerts', async () => {
    const owners = ['finance', 'data'];
    for (const outputs of [4, 0]) {
      const old = outputsOf({ owners, fallback: '', outputs });
      assert.deepEqual([old.count, old.answers, old.alerts], [4, 3, null]);
      assert.deepEqual(old.ofOwner('warehouse'), { output: 2, isFallback: true });
    }
    const saved = outputsOf({ owners, fallback: 'finance', outputs: 5 });
    assert.deepEqual([saved.count, saved.answers, saved.alerts], [5, 3, 4]);
    const rig = await routerRig({ owners, outputs: 4 });
    const [sent] = await rig.raise('R1', sku('erp-unavailable'));
    assert.deepEqual([sent?.output, sent?.message['fallbackOwner']], [2, true]);
    assert.deepEqual(outputsIn(await rig.ask('list', {})), [3]);
    assert.deepEqual(rig.emitted(), []);
    await rig.end();
  });

  it('a row of the table that is not filled in yet says nothing', async () => {
    const rig = await routerRig({ outputs: 8, table: [{ match: 'sku-blocked', owner: '' }] });
    assert.deepEqual(outputsIn(await rig.raise('R1', sku('sku-blocked'))), [1 + OWNERS.indexOf('data')]);
    await rig.end();
  });

  it('a new node has an output for each owner of the catalogue, answers and alerts', () => {
    const defaults = dialogDefaults('flow/returns-exception-router.html');
    const { owners, outputs } = defaults as { owners: string[]; outputs: number };
    assert.deepEqual(owners, [...OWNERS]);
    assert.equal(outputsOf({ owners, fallback: '', outputs }).alerts, 7);
  });
});

describe('what the dialog knows of the catalogue', () => {
  it('every code once, by its title, with class and owner', () => {
    const { codes, classes, owners } = exceptionCodes();
    assert.deepEqual(codes.map(({ code }) => code).sort(), [...CODES].sort());
    const titles = codes.map(({ title }) => title);
    assert.deepEqual(
      titles,
      [...titles].sort((a, b) => a.localeCompare(b, 'en')),
    );
    for (const title of titles) assert.match(title, /^[^a-z-]/);
    assert.deepEqual([owners, classes], [OWNERS, EXCEPTION_CLASSES]);
    assert.ok(codes.every((one) => classes.includes(one.class)));
  });
});

describe('what is resumed goes somewhere', () => {
  it('is refused where output 1 has no wire, and what needs none is done', async () => {
    const rig = await routerRig({ outputs: 8 });
    const [sent] = await rig.raise('R1', exceptionOf('sku-blocked'));
    const { id } = sent?.message['exception'] as ReturnException;
    Object.assign(rig.node, { wires: [[], ['x']] });
    const { error } = await rig.node.take({ command: 'resume', payload: { all: true } });
    assert.equal((error as { code?: string }).code, 'output-not-wired');
    assert.equal((await rig.store.countExceptions()).open, 1);
    await rig.ask('note', { id, text: 'seen' });
    Object.assign(rig.node, { wires: [['validator'], ['x']] });
    await rig.ask('resume', { all: true });
    assert.equal((await rig.store.countExceptions()).open, 0);
    await rig.end();
  });
});
