import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { auditMappings } from '../../nodes/flow/audit-mappings';
import type { ErpConnector } from '../../nodes/returns/erp-connector';
import { Mappings, type MappingContent } from '../../nodes/returns/mappings';
import type { Surroundings } from '../../nodes/runtime/retry';
import { brightpearlRig } from '../support/brightpearl-rig';
import { d365Rig } from '../support/validator-node';

interface Audited {
  /** `table row: column value` of each row that points at nothing. */
  stale: string[];
  unchecked: string[];
}

async function audited(
  connector: ErpConnector,
  surroundings: Surroundings,
  content: MappingContent,
): Promise<Audited> {
  const audit = await auditMappings({
    node: 'm1',
    mappings: new Mappings(content, null, () => 'v1'),
    store: { sightings: () => Promise.resolve({ seen: [], beyond: {} }) },
    connector,
    surroundings,
    signal: new AbortController().signal,
  });
  return {
    stale: audit.stale.map(({ table, row, column, value }) => `${table} ${row}: ${column} ${value}`).sort(),
    unchecked: audit.unchecked.map(({ kind }) => kind).sort(),
  };
}

const disposition = (name: string, change: Record<string, string>): Record<string, string> => ({
  disposition: name,
  condition: '*',
  erpDisposition: 'sellable',
  warehouse: '2',
  location: '',
  document: '',
  ...change,
});

describe('R67: rows that point at what the ERP does not have any more', () => {
  it('Brightpearl: warehouse, location, status, tax code, payment method and disposition', async () => {
    const rig = await brightpearlRig();
    const [method] = await rig.connector.directory.paymentMethods();
    const [status] = await rig.connector.directory.statuses();
    const quarantine = await rig.connector.directory.location(2, 'quarantine');
    assert.ok(method && status && quarantine);
    const found = await audited(rig.connector, rig.time, {
      disposition: [
        disposition('fine', { location: String(quarantine) }),
        disposition('elsewhere', { warehouse: '77' }),
        disposition('nowhere', { location: '4711' }),
        disposition('typo', { erpDisposition: 'Sellabel' }),
      ],
      location: [
        { location: 'LON-1', warehouse: '2' },
        { location: 'PAR-1', warehouse: '02' },
      ],
      reason: [
        { reason: 'wet', erpReason: String(status[0]), disposition: '' },
        { reason: 'dry', erpReason: '99999', disposition: '' },
      ],
      payment: [
        { method: 'visa', erpMethod: method[0] },
        { method: 'shells', erpMethod: 'SHELLS' },
      ],
      tax: [
        { by: 'rate', tax: '20', taxCode: 'T20' },
        { by: 'rate', tax: '19', taxCode: 'T19' },
      ],
      unit: [{ item: '*', from: 'pack', to: 'each', factor: '6' }],
    });
    assert.deepEqual(found.stale, [
      'disposition elsewhere / *: warehouse 77',
      'disposition nowhere / *: location 4711',
      'disposition typo / *: erpDisposition Sellabel',
      'location PAR-1: warehouse 02',
      'payment shells: erpMethod SHELLS',
      'reason dry: erpReason 99999',
      'tax rate / 19: taxCode T19',
    ]);
    assert.deepEqual(found.unchecked, ['unit']);
  });

  it('Dynamics 365: warehouse, disposition code and unit; what it does not tell is named', async () => {
    const rig = await d365Rig();
    const { returnWarehouse } = rig.world;
    const found = await audited(rig.connector, rig.time, {
      disposition: [
        disposition('fine', { erpDisposition: 'credit', warehouse: returnWarehouse.toLowerCase() }),
        disposition('gone', { erpDisposition: 'BURN', warehouse: 'SOLD-OFF', location: 'A1' }),
      ],
      unit: [
        { item: '*', from: 'pack', to: 'each', factor: '6' },
        { item: '*', from: 'piece', to: 'ea', factor: '1' },
        { item: '*', from: 'crate', to: 'furlong', factor: '24' },
      ],
      reason: [{ reason: 'wet', erpReason: 'FIT', disposition: '' }],
    });
    assert.deepEqual(found.stale, [
      'disposition gone / *: erpDisposition BURN',
      'disposition gone / *: warehouse SOLD-OFF',
      'unit * / crate / furlong: to furlong',
    ]);
    assert.deepEqual(found.unchecked, ['location', 'reason']);
  });
});
