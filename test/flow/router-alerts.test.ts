import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RouterAlerts, type Alert } from '../../nodes/flow/router-alerts';
import { alertKeyOf, alertText, alertTopic, type AlertFacts } from '../../nodes/returns/exception-alert';
import { buildException, type ReturnException } from '../../nodes/returns/exception';
import type { ExceptionCode } from '../../nodes/returns/exception-catalogue';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import { shared } from '../store/conformance-exceptions';
import { line, newEvent, NOW } from '../support/events';
import { routerRig } from '../support/router-rig';

const MINUTE = 60_000;

interface Bench {
  store: ReturnsStore;
  /** Raises an exception for a return, as the router does. */
  raise: (returnId: string, exception?: ReturnException) => Promise<string>;
  /** Looks after so many minutes; gives what was told. */
  after: (minutes: number) => Promise<NodeMessage[]>;
  /** The process dies and starts again: what it had in memory is gone. */
  restart: (dies?: 'before sending' | 'after sending') => void;
  now: () => string;
}

async function bench(): Promise<Bench> {
  const store = await openMemoryStore();
  let time = Date.parse(NOW);
  let sent: NodeMessage[] = [];
  let dies: 'before sending' | 'after sending' | undefined;
  const newAlerts = (): RouterAlerts =>
    new RouterAlerts({
      store,
      router: 'router',
      send: (message) => {
        if (dies !== 'before sending') sent.push(message);
        if (dies) throw new Error('the process died');
      },
      canSend: () => true,
      clock: { now: () => time },
      everyMs: 60 * MINUTE,
    });
  let alerts = newAlerts();
  const now = (): string => new Date(time).toISOString();
  return {
    store,
    now,
    raise: async (returnId, exception = shared('sku-blocked', 'RUN-42')) => {
      const price = { minor: 4000, currency: 'GBP' };
      const { event, returnKey } = newEvent({ returnId, lines: [line({ price })] });
      const about = { ...exception.about, returnNumber: returnId };
      const summary = exception.summary.replace('R1', returnId);
      const message = JSON.stringify({ topic: event.topic, payload: event, documents: [] });
      const parked = { exception: { ...exception, about, summary }, message, alert: true };
      return (await store.parkException({ returnKey, router: 'router', ...parked }, now())).id;
    },
    after: async (minutes) => {
      time += minutes * MINUTE;
      sent = [];
      if (dies) {
        await assert.rejects(alerts.look(), /died/);
        dies = undefined;
      } else await alerts.look();
      return sent;
    },
    restart: (how) => {
      dies = how;
      alerts = newAlerts();
    },
  };
}

const alertOf = (message: NodeMessage | undefined): Alert => message?.['alert'] as Alert;
const kinds = (messages: readonly NodeMessage[]): string[] => messages.map((one) => alertOf(one).kind);

function perReturn(code: ExceptionCode): ReturnException {
  const about = { returnNumber: 'R1', orderNumber: 'O1', brand: 'acme-shoes' };
  return buildException({ code, ...about, what: 'line 2', raisedBy: 'credit-node', raisedAt: NOW });
}

describe('R199: alerts are bounded', () => {
  it('1,000 identical failures are one alert, and updates with how many more', async () => {
    const { raise, after } = await bench();
    await raise('R0');
    assert.deepEqual(kinds(await after(0)), ['raised']);
    for (let at = 1; at < 600; at += 1) await raise(`R${at}`);
    assert.deepEqual(await after(10), []);
    for (let at = 600; at < 1000; at += 1) await raise(`R${at}`);
    assert.deepEqual(await after(49), []);
    const [update, ...more] = await after(1);
    assert.deepEqual(more, []);
    const alert = alertOf(update);
    assert.deepEqual(
      [alert.kind, alert.count, alert.value, alert.exceptions.length, alert.cause],
      ['update', 1000, [{ minor: 4_000_000, currency: 'GBP' }], 5, 'sku-blocked|acme-shoes|RUN-42'],
    );
    assert.match(String(update?.['topic']), /999 more – .*: 1000 returns now$/);
    assert.deepEqual(await after(600), []);
  });

  it('what comes and goes is not told each time', async () => {
    const { raise, after, store, now } = await bench();
    const told: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      const id = await raise('R1');
      told.push(...kinds(await after(1)));
      await store.settleException(id, 'discarded', 'a test', { who: 'anna', at: now() });
      told.push(...kinds(await after(1)));
    }
    assert.deepEqual(told, ['raised', 'cleared']);
    await raise('R1');
    assert.deepEqual(kinds(await after(30)), ['raised']);
  });

  it('causes of one return each are one alert for each code and brand', async () => {
    const { raise, after } = await bench();
    for (let at = 0; at < 50; at += 1) await raise(`R${at}`, perReturn('order-unknown'));
    const other = perReturn('order-unknown');
    await raise('B1', { ...other, about: { ...other.about, brand: 'other-brand' } });
    const told = await after(0);
    assert.deepEqual(
      told.map((one) => [alertOf(one).brand, alertOf(one).count]),
      [
        ['acme-shoes', 50],
        ['other-brand', 1],
      ],
    );
  });

  it('R154: different causes are told apart', async () => {
    const { raise, after } = await bench();
    for (const [at, value] of ['A', 'B', 'A', 'C', 'A'].entries())
      await raise(`R${at}`, shared('sku-unknown', value));
    assert.deepEqual(
      (await after(0)).map((one) => alertOf(one).count),
      [3, 1, 1],
    );
  });

  it('a repeat of what is open already is nothing new', async () => {
    const { raise, after } = await bench();
    await raise('R1');
    await after(0);
    await raise('R1');
    assert.deepEqual(await after(61), []);
  });
});

describe('alerts about what is mended', () => {
  it('R150: are told once, when the last one of the cause is gone', async () => {
    const { raise, after, store, now } = await bench();
    const ids = await Promise.all([raise('R1'), raise('R2'), raise('R3')]);
    await after(0);
    const anna = { who: 'anna', at: now() };
    for (const id of ids.slice(0, 2)) await store.settleException(id, 'outside', 'by hand', anna);
    assert.deepEqual(await after(1), []);
    await store.settleException(ids[2], 'outside', 'by hand', anna);
    const [cleared, ...more] = await after(1);
    assert.deepEqual([alertOf(cleared).kind, alertOf(cleared).count, more], ['cleared', 0, []]);
    assert.match(String(cleared?.['topic']), /^Returns: cleared – .*RUN-42.*acme-shoes$/);
    assert.deepEqual(await after(600), []);
  });

  it('wait until what was resumed has gone through, and say nothing where it fails again', async () => {
    const { after, store, now } = await bench();
    const { event, returnKey } = newEvent({ returnId: 'R1' });
    await store.accept({
      receipt: { id: 'x', source: 'in', platform: 'p', body: null, unreadable: null, receivedAt: NOW },
      events: [{ event, returnKey, exception: null }],
      people: [],
    });
    const exception = shared('sku-blocked', 'RUN-42');
    const message = JSON.stringify({ topic: event.topic, payload: event, documents: [] });
    const parked = { returnKey, router: 'router', exception, message, alert: true };
    const { id } = await store.parkException(parked, now());
    assert.deepEqual(kinds(await after(0)), ['raised']);
    await store.resumeExceptions({ ids: [id] }, 'router', now());
    assert.deepEqual(await after(5), []);
    await store.parkException(parked, now());
    assert.deepEqual(await after(5), []);
    // What was raised again is told together with the interval.
    assert.deepEqual(kinds(await after(60)), ['update']);
    await store.resumeExceptions({ ids: [id] }, 'router', now());
    await store.closeExceptions(returnKey, 'credit 1', [], now());
    assert.deepEqual(kinds(await after(1)), ['cleared']);
  });
});

describe('alerts and the end of a process', () => {
  it('one that died before it sent loses no alert; one that ends after it repeats none', async () => {
    const { raise, after, restart } = await bench();
    await raise('R1');
    restart('before sending');
    assert.deepEqual(await after(0), []);
    restart();
    // The one that died had it for itself; nobody can know that it will not go on.
    assert.deepEqual(kinds(await after(0.5)), []);
    assert.deepEqual(kinds(await after(1)), ['raised']);
    restart();
    assert.deepEqual(await after(1), []);
    await raise('R2');
    restart();
    assert.deepEqual(kinds(await after(60)), ['update']);
    restart();
    assert.deepEqual(await after(60), []);
  });
});

describe('R151: a refused credit note', () => {
  it('is told at once with the highest priority, and another one a minute later', async () => {
    const { raise, after } = await bench();
    await raise('R1', perReturn('credit-line-refused'));
    const [first] = await after(0);
    assert.deepEqual(
      [alertOf(first).kind, alertOf(first).priority, first?.['priority']],
      ['raised', 'highest', 'high'],
    );
    assert.match(String(first?.['topic']), /^Urgent – Returns: .*return R1/);
    await raise('R2', perReturn('credit-line-refused'));
    assert.deepEqual(await after(0.5), []);
    assert.deepEqual(kinds(await after(0.5)), ['update']);
  });

  it('is the first thing in the list, and goes out of a router with alerts', async () => {
    const rig = await routerRig({ outputs: 8 });
    await rig.raise('R1', shared('sku-blocked', 'A'));
    await rig.raise('R2', perReturn('credit-line-refused'));
    const messages = await rig.until(7, 2);
    assert.deepEqual(messages.map((one) => alertOf(one).priority).sort(), ['highest', 'normal']);
    const { found } = await rig.store.findExceptions({ sort: 'rank', limit: 1 }, NOW);
    assert.equal(found[0]?.exception.code, 'credit-line-refused');
    await rig.ask('discard', { cause: 'sku-blocked|acme-shoes|A', reason: 'a test' });
    const [, , cleared] = await rig.until(7, 3);
    assert.equal(alertOf(cleared).kind, 'cleared');
    await rig.end();
  });
});

describe('R194: an alert can be understood', () => {
  const facts: AlertFacts = {
    kind: 'raised',
    title: 'SKU blocked',
    key: 'sku-blocked|acme-shoes|RUN-42',
    brand: 'acme-shoes',
    owners: ['data'],
    returns: 1,
    more: 1,
    value: [{ minor: 12_050, currency: 'GBP' }],
    since: '2026-02-20T10:00:00.000Z',
    priority: 'normal',
    example: {
      summary: 'Return HR1 (order AC-1): the ERP has stopped RUN-42 for sales.\n    at post (d365.js:1:2)',
      returnNumber: 'HR1',
      orderNumber: 'AC-1',
      nextStep: 'Ask why the item is stopped.',
    },
  };

  it('says what, which return, effect, who and next step, without a stack trace', () => {
    assert.equal(
      alertText(facts),
      [
        'What happened: Return HR1 (order AC-1): the ERP has stopped RUN-42 for sales.',
        'Which return: Return HR1 (order AC-1) of acme-shoes.',
        'Effect: 120.50 GBP held up; 1 customer waits.',
        'Who has to act: data',
        'Next step: Ask why the item is stopped.',
      ].join('\n'),
    );
    assert.equal(alertTopic(facts), 'Returns: SKU blocked (RUN-42) – return HR1 (order AC-1), acme-shoes');
  });

  it('of many, of none with a value, of several owners and currencies', () => {
    const many: AlertFacts = { ...facts, kind: 'update', returns: 37, more: 12, owners: ['data', 'finance'] };
    const two = [...facts.value, { minor: 700, currency: 'EUR' }];
    const text = alertText({ ...many, value: two });
    assert.match(
      text,
      /37 returns of acme-shoes, among them return HR1 \(order AC-1\), the oldest since 2026-02-20 10:00 UTC\. 12 more since the last alert\./,
    );
    assert.match(text, /120\.50 GBP and 7\.00 EUR held up; 37 customers wait\./);
    assert.match(text, /Who has to act: data, finance/);
    assert.match(alertText({ ...facts, value: [] }), /The value is not known; 1 customer waits\./);
    assert.equal(alertTopic(many), 'Returns: 12 more – SKU blocked (RUN-42), acme-shoes: 37 returns now');
    assert.equal(alertKeyOf('order-unknown|acme-shoes|return a/b/c'), 'order-unknown|acme-shoes');
    assert.equal(alertKeyOf(facts.key), facts.key);
  });

  it('every alert of the catalogue has all five parts in one line each, and no personal data', async () => {
    const rig = await routerRig({ outputs: 8 });
    const exception = { ...perReturn('erp-refused'), summary: 'Return R1: refused for ann@shop.example' };
    await rig.raise('R1', exception);
    const [message] = await rig.until(7, 1);
    const lines = String(message?.['payload']).split('\n');
    assert.deepEqual(
      lines.map((one) => one.slice(0, one.indexOf(':'))),
      ['What happened', 'Which return', 'Effect', 'Who has to act', 'Next step'],
    );
    assert.doesNotMatch(JSON.stringify(message), /shop\.example/);
    await rig.end();
  });
});
