import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { startSandboxServer } from '../../nodes/sandbox/sandbox-server';
import { D365Sandbox, type Json, type ReturnHeld } from '../support/d365-sandbox';
import { writeZip } from '../support/zip-writer';

const ACTIONS = '/data/DataManagementDefinitionGroups/Microsoft.Dynamics.DataEntities.';
const ZERO = '00000000-0000-0000-0000-000000000000';
const FLAG =
  '<ISITEMMOVEDTODEFAULTITEMPICKINGWAREHOUSELOCATION>No</ISITEMMOVEDTODEFAULTITEMPICKINGWAREHOUSELOCATION>';

describe('D1.14, A12: data packages and queues of the simulated Finance & SCM', () => {
  let erp: D365Sandbox;
  let held: ReturnHeld;

  beforeEach(async () => {
    erp = await D365Sandbox.open({ tokenLifetimeSeconds: 86_400 });
    held = await erp.returnOrder();
  });

  const action = async (name: string, body: Json): Promise<string> => {
    const answer = await erp.call('POST', `${ACTIONS}${name}`, body);
    assert.equal(answer.status, 200, String(answer.body));
    return (JSON.parse(String(answer.body)) as { value: string }).value;
  };
  const journal = (lot: string, flag = FLAG): string =>
    '<WMSITEMARRIVALJOURNALHEADERV2ENTITY><JOURNALNUMBER>1</JOURNALNUMBER><JOURNALNAMEID>RETARR</JOURNALNAMEID>' +
    `${FLAG}<WMSITEMARRIVALJOURNALLINEV2ENTITY><LINENUMBER>1</LINENUMBER><ITEMNUMBER>${erp.sku}</ITEMNUMBER>` +
    `<ITEMQUANTITY>2</ITEMQUANTITY><REFERENCEINVENTORYLOTID>${lot}</REFERENCEINVENTORYLOTID>` +
    `<TRANSACTIONREFERENCENUMBER>${held.number}</TRANSACTIONREFERENCENUMBER><RETURNITEMNUMBER>${held.rma}</RETURNITEMNUMBER>` +
    `<ISRETURNORDER>Yes</ISRETURNORDER><RECEIVINGWAREHOUSEID>RETQC</RECEIVINGWAREHOUSEID>${flag}` +
    '</WMSITEMARRIVALJOURNALLINEV2ENTITY></WMSITEMARRIVALJOURNALHEADERV2ENTITY>';
  const packed = (...journals: string[]): Buffer =>
    writeZip({
      'Manifest.xml': '<Manifest/>',
      'PackageHeader.xml': '<PackageHeader/>',
      'Item arrival journals V2.xml': `<?xml version="1.0"?><Document>${journals.join('')}</Document>`,
    });
  const upload = async (content: Buffer): Promise<string> => {
    const { BlobUrl } = JSON.parse(await action('GetAzureWriteUrl', { uniqueFileName: 'a.zip' })) as {
      BlobUrl: string;
    };
    assert.equal((await erp.call('PUT', BlobUrl.replace(/^http:\/\/[^/]+\/d365/, ''), content)).status, 201);
    return BlobUrl;
  };
  const load = async (content: Buffer, change: Json = {}): Promise<string> =>
    action('ImportFromPackage', {
      packageUrl: await upload(content),
      definitionGroupId: 'ARRIVALS',
      executionId: '',
      execute: true,
      overwrite: false,
      legalEntityId: 'usrt',
      ...change,
    });
  const status = (executionId: string): Promise<string> =>
    action('GetExecutionSummaryStatus', { executionId });
  const errors = async (executionId: string): Promise<Json[]> =>
    JSON.parse(await action('GetExecutionErrors', { executionId })) as Json[];

  it('D1.14: a package goes through its stages and makes its journals', async () => {
    erp.simulator.dials.packageStageSeconds = 10;
    const id = await load(packed(journal(held.lots[0] ?? '')));
    const seen = [await status(id)];
    erp.clock.forward(10);
    seen.push(await status(id));
    assert.equal(erp.simulator.observer.arrivals().length, 0);
    erp.clock.forward(10);
    seen.push(await status(id));
    assert.deepEqual(seen, ['NotRun', 'Executing', 'Succeeded']);
    const [made] = erp.simulator.observer.arrivals();
    assert.match(made?.journal ?? '', /^ARJ-/);
    assert.deepEqual(
      made?.lines.map(({ lot, quantity }) => [lot, quantity]),
      [[held.lots[0], 2]],
    );
    assert.equal(await status('nope'), 'Unknown');
  });

  it('D1.14: what the target refuses is listed, or is not, and other journals are imported', async () => {
    const id = await load(packed(journal('L-NOPE'), journal(held.lots[0] ?? '')));
    assert.equal(await status(id), 'PartiallySucceeded');
    const [fault, ...more] = await errors(id);
    assert.equal(more.length, 0);
    assert.match(String(fault?.['ErrorMessage']), /L-NOPE/);
    assert.equal(erp.simulator.observer.arrivals().length, 1);
    erp.simulator.dials.packageErrorsHidden = 1;
    const hidden = await load(packed(journal('L-NOPE')));
    assert.deepEqual([await status(hidden), await errors(hidden)], ['Failed', []]);
  });

  it('D1.14: malformed packages fail with an empty list of errors', async () => {
    const two = writeZip({ 'A.xml': '<Document/>', 'B.xml': '<Document/>' });
    const orders = writeZip({ 'A.xml': '<Document><RETURNORDERHEADERV2ENTITY/></Document>' });
    for (const content of [Buffer.from('no archive'), packed('<BROKEN>'), packed(), two, orders]) {
      const id = await load(content);
      assert.deepEqual([await status(id), await errors(id)], ['Failed', []]);
    }
    const overwritten = await load(packed(journal(held.lots[0] ?? '')), { overwrite: true });
    assert.equal(await status(overwritten), 'Failed');
    assert.equal(erp.simulator.observer.arrivals().length, 0);
  });

  it('A7: the document must say whether goods are moved to the picking location', async () => {
    const id = await load(packed(journal(held.lots[0] ?? '', '')));
    assert.equal(await status(id), 'Failed');
    assert.match(String((await errors(id))[0]?.['ErrorMessage']), /IsItemMoved/);
  });

  it('A12: payment journals have a composite too', async () => {
    const id = await load(
      writeZip({
        'Payments.xml':
          '<Document><CUSTPAYMENTJOURNALHEADERENTITY><JOURNALNAME>RETREFUND</JOURNALNAME><CUSTPAYMENTJOURNALLINEENTITY>' +
          '<ACCOUNTDISPLAYVALUE>C-00001</ACCOUNTDISPLAYVALUE><DEBITAMOUNT>12.5</DEBITAMOUNT>' +
          '<PAYMENTMETHODNAME>CARD</PAYMENTMETHODNAME></CUSTPAYMENTJOURNALLINEENTITY></CUSTPAYMENTJOURNALHEADERENTITY></Document>',
      }),
    );
    assert.equal(await status(id), 'Succeeded', JSON.stringify(await errors(id)));
    assert.deepEqual(
      erp.simulator.observer.refunds().map(({ amount, posted }) => [amount, posted]),
      [[12.5, false]],
    );
  });

  it('A12: an action that fails says so in its own way; imports do not run in parallel', async () => {
    const bad = await erp.call('POST', `${ACTIONS}ImportFromPackage`, {});
    assert.equal(bad.status, 500);
    assert.match(String(bad.body), /ImportFromPackage.*System\.InvalidOperationException/);
    const url = await upload(packed(journal(held.lots[0] ?? '')));
    erp.simulator.dials.latencyMs = 1;
    const body = { packageUrl: url, definitionGroupId: 'A', legalEntityId: 'usrt', overwrite: false };
    const both = await Promise.all([1, 2].map(() => erp.call('POST', `${ACTIONS}ImportFromPackage`, body)));
    assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 500]);
  });

  it('D1.14: a queued package has the zero GUID until it is taken up', async () => {
    erp.simulator.dials.packageStageSeconds = 10;
    const answer = await erp.call(
      'POST',
      '/api/connector/enqueue/act-1?entity=Item%20arrival%20journals%20V2',
      packed(journal(held.lots[0] ?? '')),
    );
    const messageId = JSON.parse(String(answer.body)) as string;
    const execution = (): Promise<string> => action('GetExecutionIdByMessageId', { _messageId: messageId });
    const state = (): Promise<string> => action('GetMessageStatus', { messageId });
    assert.deepEqual([await execution(), await state()], [ZERO, 'Enqueued']);
    erp.clock.forward(10);
    assert.equal(await state(), 'Preprocessing');
    assert.notEqual(await execution(), ZERO);
    erp.clock.forward(10);
    assert.equal(await state(), 'Processing');
    erp.clock.forward(10);
    assert.equal(await state(), 'Processed');
    assert.equal(erp.simulator.observer.arrivals().length, 1);
    const wrong = await erp.call('POST', '/api/connector/enqueue/act-1', Buffer.from('nothing'));
    const wrongId = JSON.parse(String(wrong.body)) as string;
    for (let stage = 0; stage < 3; stage += 1) {
      erp.clock.forward(10);
      await action('GetMessageStatus', { messageId: wrongId });
    }
    assert.equal(await action('GetMessageStatus', { messageId: wrongId }), 'PreProcessingError');
  });

  it('D1.14: a file that was not acknowledged comes again after 30 minutes', async () => {
    const take = (): ReturnType<D365Sandbox['call']> => erp.call('GET', '/api/connector/dequeue/act-1');
    assert.equal((await take()).status, 204);
    erp.simulator.operator.queueExport('act-1', '<Document/>');
    const first = await take();
    const { DownloadLocation, CorrelationId } = JSON.parse(String(first.body)) as Record<string, string>;
    const file = await erp.call('GET', (DownloadLocation ?? '').replace(/^http:\/\/[^/]+\/d365/, ''));
    assert.equal(file.body, '<Document/>');
    assert.equal((await take()).status, 204);
    erp.clock.forward(30 * 60);
    const second = await take();
    assert.equal((JSON.parse(String(second.body)) as Json)['CorrelationId'], CorrelationId);
    const acknowledge = (body: unknown): ReturnType<D365Sandbox['call']> =>
      erp.call('POST', '/api/connector/ack/act-1', JSON.parse(String(body)));
    assert.equal((await acknowledge(first.body)).status, 400);
    assert.equal((await acknowledge(second.body)).status, 200);
    erp.clock.forward(30 * 60);
    assert.equal((await take()).status, 204);
  });

  it('A12: the addresses that it gives are good where the sandbox serves it', async () => {
    const server = await startSandboxServer([erp.simulator]);
    try {
      const headers = { authorization: erp.authorization };
      const answer = await fetch(`${server.baseUrl('d365')}${ACTIONS}GetAzureWriteUrl`, {
        method: 'POST',
        headers,
        body: '{"uniqueFileName":"a.zip"}',
      });
      const { value } = (await answer.json()) as { value: string };
      const { BlobUrl } = JSON.parse(value) as { BlobUrl: string };
      assert.equal((await fetch(BlobUrl, { method: 'PUT', body: 'x' })).status, 201);
      assert.equal((await fetch(BlobUrl.replace(/blob\/[^?]+/, 'blob/nope'), { method: 'PUT' })).status, 403);
    } finally {
      await server.close();
    }
  });

  it('A3: neither is throttled', async () => {
    erp.simulator.dials.throttleNext = 2;
    assert.equal((await erp.call('GET', '/api/connector/dequeue/act-1')).status, 204);
    assert.equal(await status('nope'), 'Unknown');
    assert.equal((await erp.call('GET', '/data/LegalEntities')).status, 429);
  });
});
