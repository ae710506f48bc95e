import { describe, expect, test } from 'vitest';
import { signatureHeaders } from '../../src/domain/signature.ts';
import { overlapSecondsRange } from '../../src/domain/webhook-input.ts';
import { fencesOf, readPage, sectionOf } from './markdown.ts';
import { isInstalled, runVerifier, verifiers } from './verifiers.ts';

const page = readPage('docs/signing.md').text;

/** Contract C1, and the moment at which it was signed. */
const vector = {
  secret: 'whsec_a1b2c3d4e5f6g7h8i9j0',
  signedId: 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8',
  timestamp: '1768473300',
  signature: 'v1,lyBvXODZYh4iCkPsiUWcjI+jWJqeS1/ZcH640qoqkuw=',
  body: '{"field":"message","event":"message.delivered","sub_type":"message.delivered","timestamp":"2026-01-15T10:35:00Z","payload":{"message_id":"b1a2c3d4-0000-4000-8000-000000000001","message_status":"DELIVERED","channel":"sms"}}',
  now: 1768473300,
};
type Request = typeof vector;

const signedNow = (keys: readonly Buffer[]) => {
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const body = '{"text":"Zoë ✓"}';
  const attempt = { webhookId: 'the-webhook', deliveryId: 'the-delivery', eventName: 'templates' };
  const headers = signatureHeaders({ ...attempt, attemptNumber: 1, timestampSeconds, body, keys });
  return { headers, body, now: timestampSeconds };
};
const [newKey, oldKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const secretOf = (key: Buffer) => `whsec_${key.toString('base64')}`;
const overlapping = signedNow([newKey, oldKey]);

function requestOf(family: string, id: string, secret: string): Request {
  const { headers, body, now } = overlapping;
  const header = (name: string) => headers[name] ?? '';
  return {
    secret,
    signedId: header(id),
    timestamp: header(`${family}-timestamp`),
    signature: header(`${family}-signature`),
    body,
    now,
  };
}

/** What every function of the page has to say of each request. */
const cases: readonly (readonly [string, boolean, Request])[] = [
  ['the check vector', true, vector],
  ['the check vector after five minutes', true, { ...vector, now: vector.now + 300 }],
  ['a signature that is older', false, { ...vector, now: vector.now + 301 }],
  ['a signature from the future', false, { ...vector, now: vector.now - 301 }],
  ['a wrong signature', false, { ...vector, signature: vector.signature.replace('l', 'L') }],
  ['a signature of another version', false, { ...vector, signature: vector.signature.replace('v1', 'v2') }],
  ['a wrong one before the right one', true, { ...vector, signature: `v1,AAAA ${vector.signature}` }],
  ['a changed body', false, { ...vector, body: `${vector.body} ` }],
  ['another id', false, { ...vector, signedId: 'another' }],
  ['another secret', false, { ...vector, secret: secretOf(oldKey) }],
  ['absent headers', false, { ...vector, signedId: '', timestamp: '', signature: '' }],
  ['a timestamp that is none', false, { ...vector, timestamp: 'NaN' }],
  ['Standard Webhooks, the new secret', true, requestOf('webhook', 'webhook-id', secretOf(newKey))],
  ['Standard Webhooks, the old secret', true, requestOf('webhook', 'webhook-id', secretOf(oldKey))],
  ['Sent, the new secret', true, requestOf('x-webhook', 'x-webhook-id', secretOf(newKey))],
  ['Sent, the old secret', false, requestOf('x-webhook', 'x-webhook-id', secretOf(oldKey))],
];
const expected = cases.map(([name, isAuthentic]) => [name, isAuthentic]);

function codeOf(heading: string, language: string): string {
  const [fence, ...others] = fencesOf(sectionOf(page, heading));
  if (fence?.language !== language || others.length > 0)
    throw new Error(`"${heading}" is not one ${language}`);
  return fence.code;
}

/** Runs the page's text itself; a bare import is looked up from this repository. */
async function importSnippet(code: string) {
  const resolved = code.replaceAll(/from '(\w+)'/g, (_, name) => `from '${import.meta.resolve(name)}'`);
  return import(`data:text/javascript;base64,${Buffer.from(resolved).toString('base64')}`);
}

type Verify = (
  secret: string,
  id: string,
  timestamp: string,
  signature: string,
  body: Buffer,
  now?: number,
) => boolean;

describe('docs/signing.md', () => {
  test('the function for Node accepts what is authentic and nothing else', async () => {
    const snippet: { isAuthentic: Verify } = await importSnippet(codeOf('### JavaScript (Node)', 'js'));
    const verdicts = cases.map(([name, , { secret, signedId, timestamp, signature, body, now }]) => [
      name,
      snippet.isAuthentic(secret, signedId, timestamp, signature, Buffer.from(body), now),
    ]);
    expect(verdicts).toEqual(expected);
    expect(() => snippet.isAuthentic('', '', '', '', Buffer.alloc(0))).toThrow('the signing secret is empty');
  });

  for (const verifier of verifiers) {
    const { heading, language } = verifier;
    const name = heading.replace('### ', '');
    // .ci/run says and counts the languages that are not installed.
    test.skipIf(!isInstalled(verifier))(
      `the function for ${name} accepts what is authentic and nothing else`,
      () => {
        const input = cases.map(([, , { secret, signedId, timestamp, signature, body, now }]) =>
          [secret, signedId, timestamp, signature, body, `${now}`]
            .map((field) => Buffer.from(field).toString('base64'))
            .join(','),
        );
        const printed = runVerifier(verifier, codeOf(heading, language), `${input.join('\n')}\n`);
        expect(cases.map(([name], index) => [name, printed[index] === 'authentic'])).toEqual(expected);
        expect(printed.slice(cases.length)).toEqual(['unusable']);
      },
      120_000,
    );
  }

  test('the Standard Webhooks package reads a delivery with either secret of an overlap, and no other', async () => {
    const snippet: {
      readEvent: (secret: string, headers: Record<string, string>, body: Buffer) => unknown;
    } = await importSnippet(codeOf('## Libraries', 'js'));
    const read = (key: Buffer) =>
      snippet.readEvent(secretOf(key), overlapping.headers, Buffer.from(overlapping.body));
    expect(read(newKey)).toEqual({ text: 'Zoë ✓' });
    expect(read(oldKey)).toEqual({ text: 'Zoë ✓' });
    expect(() => read(Buffer.alloc(32, 3))).toThrow('No matching signature found');
  });

  test('every function of the page is run here', () => {
    const sections = sectionOf(page, '## Functions').split(/^### /m).slice(1);
    expect(sections.map((section) => fencesOf(section).map(({ language }) => language))).toEqual([
      ['js'],
      ...verifiers.map(({ language }) => [language]),
    ]);
  });

  test('its check vector is the one that is tested here', () => {
    const section = sectionOf(page, '## Check vector');
    for (const text of [vector.secret, vector.signedId, vector.timestamp, vector.signature]) {
      expect(section).toContain(`\`${text}\``);
    }
    expect(fencesOf(section)).toEqual([{ language: 'json', code: `${vector.body}\n` }]);
  });

  test('its headers are those of an attempt, and its overlap has the range of the code', () => {
    const section = sectionOf(page, '## What arrives');
    for (const name of Object.keys(overlapping.headers)) expect(section).toContain(`| \`${name}\` |`);
    const { min, max } = overlapSecondsRange;
    expect(page).toContain(`\`overlap_seconds\` is ${min} to ${max}`);
  });
});
