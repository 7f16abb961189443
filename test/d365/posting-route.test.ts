import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PostingRoute, waitsForPosting, type PostingStep } from '../../nodes/d365/fscm/posting-route';
import type { D365Row } from '../../nodes/d365/fscm/rows';
import { d365SettingsSchema } from '../../nodes/d365/settings';

const STEPS: readonly PostingStep[] = ['arrival', 'packing-slip', 'invoice', 'payment'];

function routeWith(settings: Record<string, unknown>, answer: D365Row = {}) {
  const calls: { path: string; body: D365Row }[] = [];
  const client = {
    service: (path: string, body: D365Row): Promise<D365Row> => {
      calls.push({ path, body });
      return Promise.resolve(answer);
    },
  };
  return {
    route: new PostingRoute(client, d365SettingsSchema.parse({ company: 'gb01', ...settings })),
    calls,
  };
}

describe('how Finance & SCM posts (A7): a service of the customer, or its own batch jobs', () => {
  it('leaves every step to the batch jobs unless the connection says otherwise', () => {
    const { route } = routeWith({});
    assert.deepEqual(
      STEPS.filter((step) => route.byService(step)),
      [],
    );
  });

  it('has the service do every step that it has an operation for, and the batch job the others', () => {
    const { route } = routeWith({ posting: 'service', servicePayment: '' });
    assert.deepEqual(
      STEPS.filter((step) => route.byService(step)),
      ['arrival', 'packing-slip', 'invoice'],
    );
  });

  it('sends the proposed contract, and reads its answer', async () => {
    const answer = { $id: '1', Success: true, DocumentNumber: 'CN-000871', Messages: [] };
    const { route, calls } = routeWith({ posting: 'service' }, answer);
    const posted = await route.post('invoice', { DataAreaId: 'gb01', ReturnOrderNumber: '001624' });
    assert.deepEqual(posted, { posted: true, number: 'CN-000871' });
    assert.deepEqual(calls, [
      {
        path: '/api/services/RetConnectorServiceGroup/RetConnectorService/postReturnInvoice',
        body: { _request: { DataAreaId: 'gb01', ReturnOrderNumber: '001624' } },
      },
    ]);
  });

  it('speaks with the names of another service: path, parameter, operation and fields', async () => {
    const settings = {
      posting: 'service',
      servicePath: '/api/services/AcmeGroup/AcmePosting/',
      serviceParameter: 'request',
      serviceArrival: 'post',
      serviceNames: [
        { ours: 'JournalNumber', theirs: 'JournalId' },
        { ours: 'Success', theirs: 'Ok' },
        { ours: 'Messages', theirs: 'Infolog' },
      ],
    };
    const { route, calls } = routeWith(settings, {
      Ok: false,
      Infolog: ['Journal ARJ-1 is not locked by system'],
    });
    const refused = await route.post('arrival', { DataAreaId: 'gb01', JournalNumber: 'ARJ-1' });
    assert.deepEqual(refused, { posted: false, messages: ['Journal ARJ-1 is not locked by system'] });
    assert.deepEqual(calls, [
      {
        path: '/api/services/AcmeGroup/AcmePosting/post',
        body: { request: { DataAreaId: 'gb01', JournalId: 'ARJ-1' } },
      },
    ]);
  });

  it('takes an answer without the expected fields for a refusal, never for a success', async () => {
    const { route } = routeWith({ posting: 'service' }, { Result: 'done' });
    assert.deepEqual(await route.post('payment', {}), { posted: false, messages: [] });
  });

  it('what is not posted yet waits in the store, and the status can say for what', () => {
    const { route } = routeWith({});
    const error = route.notPosted('invoice', 'the credit note of return order 001624');
    assert.equal(error.class, 'state-blocked');
    assert.match(
      error.message,
      /^The batch job of Dynamics 365 has not posted the credit note of return order 001624/,
    );
    assert.equal(waitsForPosting(error), 'credit note job');
    assert.equal(
      waitsForPosting(routeWith({ posting: 'service' }).route.notPosted('arrival', 'x')),
      'arrival service',
    );
  });
});
