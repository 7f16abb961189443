import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BrightpearlConnector } from '../../nodes/brightpearl/connector';
import { brightpearlSettingsSchema, fixedToken } from '../../nodes/brightpearl/settings';
import { FscmConnector } from '../../nodes/d365/fscm/connector';
import { d365SettingsSchema } from '../../nodes/d365/settings';
import { prepareIntake } from '../../nodes/happy-returns/intake';
import { createVocabulary } from '../../nodes/happy-returns/vocabulary';
import { CHECKS, MAPPING_CHECKS } from '../../nodes/returns/check-profile';
import type { ErpConnector } from '../../nodes/returns/erp-connector';
import type { ReturnEvent } from '../../nodes/returns/event';
import { GATE_WAITS } from '../../nodes/returns/gate';
import type { MappingContent } from '../../nodes/returns/mappings';
import { money } from '../../nodes/returns/money';
import type { NodeMessage } from '../../nodes/runtime/node-red';
import {
  CHECK_CASES,
  CHECKED_ERPS,
  CHECKS_WITHOUT_CASE,
  MAPPED_CODES,
  makeCheckCase,
  makeWaitCase,
  WAIT_CASES,
  type CheckCase,
  type CheckedErp,
} from '../../nodes/sandbox/check-cases';
import type { Post } from '../../nodes/sandbox/happy-returns/generator';
import { createVendors, type Vendors } from '../../nodes/sandbox/vendors';
import { openMemoryStore } from '../../nodes/store/sqlite';
import { RigTime } from '../support/brightpearl-rig';
import { GateRig } from '../support/gate-rig';
import { BASE, httpTo, simulatedTime } from '../support/simulated-http';
import { mappedValidator } from '../support/mapped-validator';
import { validatorOver } from '../support/validator-node';

const OPTIONS = {
  brand: 'acme-shoes',
  company: 'usrt',
  seed: 1,
  duplicates: 0,
  reorder: 1,
  latencyMs: 0,
  dropShare: 0,
  callsPerMinute: 100_000,
};

function offered(vendors: Vendors, name: string): Vendors['served'][number] {
  const found = vendors.served.find(({ simulator }) => simulator.name === name);
  assert.ok(found);
  return found;
}

/** A connector to an ERP of the sandbox, with what the sandbox offers to a connection. */
function connectorOf(vendors: Vendors, erp: CheckedErp): ErpConnector {
  const { simulator, account } = offered(vendors, erp);
  const http = httpTo(simulator);
  if (erp === 'brightpearl') {
    const { account: code = '', appRef = '', accountToken = '', instanceId = '7' } = account;
    return new BrightpearlConnector({
      settings: brightpearlSettingsSchema.parse({
        apiUrl: 'https://brightpearl.example',
        account: code,
        authKind: 'system',
        appRef,
        instanceId,
      }),
      tokens: fixedToken(accountToken),
      http,
      surroundings: new RigTime(),
      connectionId: 'brightpearl',
    });
  }
  const { tenant = '', clientId = '', clientSecret = '', company = '' } = account;
  return new FscmConnector({
    settings: d365SettingsSchema.parse({
      environmentUrl: BASE,
      authorityUrl: BASE,
      tenant,
      clientId,
      company,
    }),
    clientSecret,
    http,
    surroundings: simulatedTime(),
    connectionId: 'd365',
  });
}

/** Webhooks as Happy Returns In reads them. */
async function eventsOf(posts: readonly Post[]): Promise<ReturnEvent[]> {
  const events: ReturnEvent[] = [];
  for (const { body } of posts) {
    const { intake, problem } = await prepareIntake(
      Buffer.from(JSON.stringify(body)),
      true,
      `2026-02-20T10:00:0${events.length}.000Z`,
      {
        source: 'in',
        vocabulary: createVocabulary(),
        retailers: new Set([OPTIONS.brand]),
        personToken: () => 'person',
        knownOrders: () => Promise.resolve([]),
      },
    );
    assert.equal(problem, null, JSON.stringify(problem));
    events.push(...intake.events.map(({ event }) => event));
  }
  return events;
}

/** The amounts as a platform that tells them would. */
function withAmounts(event: ReturnEvent, posts: readonly Post[]): ReturnEvent {
  const [item] = (posts.at(-1)?.body as { items: Record<string, string | undefined>[] }).items;
  const of = (field: string): ReturnType<typeof money> | null =>
    item?.[field] === undefined
      ? null
      : money(Math.round(Number(item[field]) * 100), item['refundCurrency'] ?? '');
  const [price, tax] = [of('refundAmount'), of('refundTax')];
  return { ...event, lines: event.lines.map((line) => ({ ...line, price, tax })) };
}

describe('R32–R56, R113, R130: the sandbox has a case for each check', () => {
  it('lists at least one for each, and names each code once', () => {
    const shown = [...CHECK_CASES.map(({ check }) => check), ...Object.keys(CHECKS_WITHOUT_CASE)];
    assert.deepEqual([...new Set(shown)].sort(), [...CHECKS].sort());
    for (const { check } of CHECK_CASES) assert.ok(!(check in CHECKS_WITHOUT_CASE));
    assert.equal(new Set(CHECK_CASES.map(({ code }) => code)).size, CHECK_CASES.length);
  });

  for (const erp of CHECKED_ERPS) {
    const cases = CHECK_CASES.filter(({ erps, needsMappings }) => erps.includes(erp) && !needsMappings);
    const mapped = CHECK_CASES.filter(({ erps, needsMappings }) => erps.includes(erp) && needsMappings);
    it(`${erp}: all checks switched on, each case is found by its code`, async () => {
      const vendors = createVendors(OPTIONS);
      const store = await openMemoryStore();
      const node = validatorOver({ connector: connectorOf(vendors, erp), store }, { checks: [...CHECKS] });
      const found = async (of: CheckCase): Promise<string[]> => {
        const { posts } = makeCheckCase(of, vendors);
        const events = await eventsOf(posts);
        const last = events.at(-1);
        assert.ok(last, of.code);
        const payload = of.needsAmounts === true ? withAmounts(last, posts) : last;
        const message: NodeMessage = { topic: payload.topic, payload };
        const { sent, error } = await node.take(message);
        assert.equal(error, undefined, of.code);
        const [passed, held] = (sent[0] ?? []) as (NodeMessage | null | undefined)[];
        const exception = held?.['exception'] as { code: string; lines: { code?: string }[] } | undefined;
        if (exception) return [exception.code, ...exception.lines.flatMap(({ code }) => code ?? [])];
        return ((passed?.['warnings'] ?? []) as { code: string }[]).map(({ code }) => code);
      };
      for (const one of cases) assert.equal((await found(one))[0], one.code, one.what);
      await node.end();
      await store.close();
    });

    it(`R54, R60, R66, R72, ${erp}: with Return Mappings, each code without a row is found, and the others pass`, async () => {
      const vendors = createVendors(OPTIONS);
      const store = await openMemoryStore();
      const connector = connectorOf(vendors, erp);
      for (const one of mapped) {
        const { check, end } = mappedValidator(
          { connector, store },
          { checks: [...MAPPING_CHECKS] },
          rowsWithout(one.code),
        );
        const last = (await eventsOf(makeCheckCase(one, vendors).posts)).at(-1);
        assert.ok(last);
        const exception = await check(last);
        assert.equal(exception?.code, one.code, one.what);
        assert.deepEqual([...new Set(exception.lines.map(({ code }) => code))], [one.code]);
        await end();
      }
      assert.ok(mapped.length >= 4);
      await store.close();
    });
  }
});

/** A row for each code that the sandbox tells besides its cases. */
function rowsWithout(code: string): MappingContent {
  const { reason, returnType, disposition, location } = MAPPED_CODES;
  return {
    reason: reason.map((one) => ({ reason: one, erpReason: 'R1' })),
    returnType: returnType.map((type) => ({ type, status: 'open' })),
    disposition: disposition.map((one) => ({
      disposition: one,
      condition: '*',
      erpDisposition: 'sellable',
      warehouse: '2',
    })),
    location: location.map((one) => ({ location: one, warehouse: '2' })),
    tax: code === 'tax-unmapped' ? [] : [{ by: 'code', tax: 'T20', taxCode: 'T20' }],
  };
}

describe('R97: the sandbox has a case for each wait of the gate', () => {
  const POLICIES: Readonly<Record<(typeof GATE_WAITS)[number], Record<string, unknown>>> = {
    handover: { confirm: true },
    arrival: { confirm: true },
    inspection: { confirm: true },
    credit: { confirm: true },
    goods: { policy: 'on-scan' },
  };
  for (const one of WAIT_CASES) {
    it(one.wait, async () => {
      const posts = makeWaitCase(one, createVendors(OPTIONS)).posts;
      const rig = await GateRig.open(POLICIES[one.wait]);
      try {
        const waits = [];
        for (const event of await eventsOf(posts)) {
          const taken = await rig.keeper.take(event);
          waits.push(taken.found.wait);
        }
        assert.equal(waits.at(-1), one.wait);
      } finally {
        await rig.end();
      }
    });
  }

  it('lists each once', () => {
    assert.deepEqual(
      WAIT_CASES.map(({ wait }) => wait),
      [...GATE_WAITS],
    );
  });
});
