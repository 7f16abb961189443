import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BrightpearlConnector } from '../../nodes/brightpearl/connector';
import { OAuthGrant, type OAuthParts } from '../../nodes/brightpearl/oauth';
import { brightpearlSettingsSchema, type TokenOf } from '../../nodes/brightpearl/settings';
import type { HttpSend } from '../../nodes/runtime/http';
import { seal, unseal } from '../../nodes/runtime/sealed';
import { openMemoryStore } from '../../nodes/store/sqlite';
import type { ReturnsStore } from '../../nodes/store/store';
import {
  brightpearlRig,
  failureOf,
  INSTANCE,
  orderWhere,
  POLICY,
  posted,
  returnOf,
  RigTime,
} from '../support/brightpearl-rig';
import { httpTo } from '../support/simulated-http';

/** The vendor's sign-in: each refresh token is good once (oauth-token POST). */
class SignIn {
  asked: URLSearchParams[] = [];
  valid = 'entered-by-hand';
  apiDomain = 'euw1.brightpearlconnect.com';
  private count = 0;

  readonly http: HttpSend = (request) => {
    const form = new URLSearchParams(String(request.body));
    this.asked.push(form);
    if (request.url !== 'https://oauth.brightpearlapp.com/token/acme')
      return Promise.resolve({ status: 404, headers: {}, text: '' });
    if (form.get('refresh_token') !== this.valid) {
      return Promise.resolve({ status: 400, headers: {}, text: '{"error":"invalid_grant"}' });
    }
    this.count += 1;
    this.valid = `refresh-${this.count}`;
    const body = {
      access_token: `access-${this.count}`,
      refresh_token: this.valid,
      token_type: 'Bearer',
      expires_in: 604_800,
      installation_instance_id: INSTANCE,
      api_domain: this.apiDomain,
    };
    return Promise.resolve({ status: 200, headers: {}, text: JSON.stringify(body) });
  };
}

function grantOf(
  signIn: SignIn,
  store: ReturnsStore,
  time: RigTime,
  change: Partial<OAuthParts> = {},
): OAuthGrant {
  return new OAuthGrant({
    oauthUrl: '',
    account: 'acme',
    appRef: 'acme_returns',
    clientSecret: 'client-secret-1',
    refreshToken: 'entered-by-hand',
    connectionId: 'account-1',
    store,
    http: signIn.http,
    surroundings: time,
    ...change,
  });
}

describe('the grant of an instance app', () => {
  it('is asked for once however many want it, and tells the instance that makes keys unique', async () => {
    const signIn = new SignIn();
    const grant = grantOf(signIn, await openMemoryStore(), new RigTime());
    const all = await Promise.all(Array.from({ length: 20 }, () => grant.grant()));
    assert.equal(signIn.asked.length, 1);
    assert.deepEqual(
      [all[0]?.accessToken, all[0]?.instanceId, all[0]?.apiDomain],
      ['access-1', INSTANCE, 'euw1.brightpearlconnect.com'],
    );
    assert.equal(signIn.asked[0]?.get('client_secret'), 'client-secret-1');
  });

  it('outlives a restart and an instance beside it: a used-up refresh token is never sent again', async () => {
    const signIn = new SignIn();
    const store = await openMemoryStore();
    const time = new RigTime();
    await grantOf(signIn, store, time).grant();
    const again = await Promise.all([
      grantOf(signIn, store, time).grant(),
      grantOf(signIn, store, time).grant(),
    ]);
    assert.deepEqual(
      again.map(({ accessToken }) => accessToken),
      ['access-1', 'access-1'],
    );
    time.now += 7 * 86_400_000;
    const renewed = await Promise.all([
      grantOf(signIn, store, time).grant(),
      grantOf(signIn, store, time).grant(),
    ]);
    assert.deepEqual(
      renewed.map(({ accessToken }) => accessToken),
      ['access-2', 'access-2'],
    );
    assert.deepEqual(
      signIn.asked.map((form) => form.get('refresh_token')),
      ['entered-by-hand', 'refresh-1'],
    );
  });

  it('is kept sealed: the store holds neither token, and another secret does not open it', async () => {
    const signIn = new SignIn();
    const store = await openMemoryStore();
    await grantOf(signIn, store, new RigTime()).grant();
    const kept = JSON.stringify([...(await store.masterData('account-1', 'oauth-grant', ['current']))]);
    for (const secret of ['access-1', 'refresh-1', 'entered-by-hand', 'client-secret-1'])
      assert.ok(!kept.includes(secret));
    assert.equal(unseal(seal('x', 'one', 'a'), 'one', 'a'), 'x');
    assert.equal(unseal(seal('x', 'one', 'a'), 'two', 'a'), null);
    assert.equal(unseal(seal('x', 'one', 'a'), 'one', 'b'), null);
    assert.equal(unseal('nonsense', 'one', 'a'), null);
  });

  it('a token that a person enters anew takes the place of what is kept', async () => {
    const signIn = new SignIn();
    const store = await openMemoryStore();
    const time = new RigTime();
    await grantOf(signIn, store, time).grant();
    signIn.valid = 'entered-again';
    const grant = await grantOf(signIn, store, time, { refreshToken: 'entered-again' }).grant();
    assert.equal(grant.accessToken, 'access-2');
  });

  it('one that was taken back says what to do, without a secret; a foreign host is refused', async () => {
    const signIn = new SignIn();
    signIn.valid = 'something-else';
    const failure = await failureOf(grantOf(signIn, await openMemoryStore(), new RigTime()).grant());
    assert.deepEqual([failure.code, failure.class], ['brightpearl-sign-in-refused', 'auth']);
    assert.doesNotMatch(failure.message, /entered-by-hand|client-secret/);
    for (const host of ['evil.example', 'brightpearlconnect.com.evil.example', 'evilbrightpearl.com']) {
      const foreign = new SignIn();
      foreign.apiDomain = host;
      const refused = await failureOf(grantOf(foreign, await openMemoryStore(), new RigTime()).grant());
      assert.equal(refused.code, 'brightpearl-foreign-host', host);
    }
  });

  it('a token that was refused in mid work is renewed, and the work goes on', async () => {
    const { world, simulator, time, store } = await brightpearlRig({
      auth: { appRef: 'acme_returns', oauth: { token: 'access-2', devRef: 'acme-dev' } },
    });
    const signIn = new SignIn();
    const grant = grantOf(signIn, store, time);
    const tokens: TokenOf = {
      token: async () => (await grant.grant()).accessToken,
      renew: async (refused) => (await grant.grant(refused)).accessToken,
    };
    const connector = new BrightpearlConnector({
      settings: brightpearlSettingsSchema.parse({
        apiUrl: 'https://euw1.brightpearl.example',
        account: 'acme',
        appRef: 'acme_returns',
        devRef: 'acme-dev',
        instanceId: INSTANCE,
      }),
      tokens,
      http: httpTo(simulator),
      surroundings: time,
      connectionId: 'account-1',
    });
    posted(await connector.createSalesCredit(returnOf(orderWhere(world, () => true)), POLICY, store));
    assert.equal(signIn.asked.length, 2);
    assert.equal(simulator.observer.salesCredits().length, 1);
  });
});
