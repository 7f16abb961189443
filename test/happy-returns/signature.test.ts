import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { signatureKeys, verifySignature, type SignatureScheme } from '../../nodes/happy-returns/signature';

const HEX: SignatureScheme = { algorithm: 'sha256', encoding: 'hex', prefix: '' };
const BASE64: SignatureScheme = { ...HEX, encoding: 'base64' };
/** `reference/returns-platforms.md` 4.4. */
const BODY = Buffer.from(
  '{"event":"return_status_updated","typeID":"started","retailerID":"acme-shoes","otherEvents":[],"items":[]}',
);
const DIGEST = '5d9dad7ee5101da7f6058f5d64b1de1ad39058e35a21159f8eea8d9cdedb8296';

describe('R222: X-Hr-Signature', () => {
  const keys = signatureKeys(['test-secret-1']);

  it('accepts the reference’s test vector in both encodings', () => {
    assert.equal(BODY.length, 106);
    assert.ok(verifySignature(BODY, DIGEST, keys, HEX));
    assert.ok(verifySignature(BODY, DIGEST.toUpperCase(), keys, HEX));
    assert.ok(verifySignature(BODY, 'XZ2tfuUQHaf2BY9dZLHeGtOQWONaIRWfjuqNnN7bgpY=', keys, BASE64));
    assert.ok(verifySignature(BODY, `sha256=${DIGEST}`, keys, { ...HEX, prefix: 'sha256=' }));
  });

  it('T25: two secrets are valid during a rotation, and the old one is not after it', () => {
    const sign = (secret: string): string => createHmac('sha256', secret).update(BODY).digest('hex');
    const both = signatureKeys(['old-secret', 'new-secret']);
    assert.ok(verifySignature(BODY, sign('old-secret'), both, HEX));
    assert.ok(verifySignature(BODY, sign('new-secret'), both, HEX));
    assert.ok(!verifySignature(BODY, sign('old-secret'), signatureKeys(['new-secret', undefined, '']), HEX));
  });

  it('10,000 forged, truncated, lengthened, repeated, missing or re-encoded signatures: none accepted', () => {
    const forgeries: (string | string[] | undefined)[] = [
      undefined,
      '',
      ' ',
      [DIGEST],
      `${DIGEST}, ${DIGEST}`,
      `${DIGEST},`,
    ];
    for (let cut = 0; cut < DIGEST.length; cut += 1) forgeries.push(DIGEST.slice(0, cut));
    for (let at = 0; at < DIGEST.length; at += 1) {
      for (const digit of '0123456789abcdef') {
        if (digit !== DIGEST[at]) forgeries.push(DIGEST.slice(0, at) + digit + DIGEST.slice(at + 1));
      }
    }
    forgeries.push(
      ` ${DIGEST}`,
      `${DIGEST} `,
      `0x${DIGEST}`,
      `${DIGEST}00`,
      DIGEST.replace('5', '٥'),
      `sha256=${DIGEST}`,
    );
    while (forgeries.length < 10_000) forgeries.push(randomBytes(32).toString('hex'));
    const accepted = forgeries.filter((header) => verifySignature(BODY, header, keys, HEX));
    assert.deepEqual(accepted, []);
  });

  it('a body that was changed by a byte or re-formatted is refused', () => {
    const changed = Buffer.from(BODY);
    changed[10] = (changed[10] ?? 0) ^ 1;
    assert.ok(!verifySignature(changed, DIGEST, keys, HEX));
    assert.ok(
      !verifySignature(Buffer.from(JSON.stringify(JSON.parse(BODY.toString()), null, 1)), DIGEST, keys, HEX),
    );
  });

  it('without a secret nothing is accepted, not even the signature of an empty secret', () => {
    const empty = createHmac('sha256', '').update(BODY).digest('hex');
    assert.ok(!verifySignature(BODY, empty, signatureKeys([undefined, '']), HEX));
  });

  it('base64 has one spelling', () => {
    assert.ok(!verifySignature(BODY, 'XZ2tfuUQHaf2BY9dZLHeGtOQWONaIRWfjuqNnN7bgpY', keys, BASE64));
    assert.ok(!verifySignature(BODY, 'XZ2tfuUQHaf2BY9dZLHeGtOQWONaIRWfjuqNnN7bgpZ=', keys, BASE64));
  });
});
