/** The command is given to a real sh, and what curl then sends is compared with what was to be sent. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { curlCommand, shellQuote } from '../../dashboard/src/pages/deliveries/curl-command.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { runShell } from './shell.ts';

let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver?.close());

describe('a quoted word', () => {
  test('comes out of sh as it went in, whatever is in it', () => {
    const text = fc.string({ unit: 'binary' }).filter((candidate) => !candidate.includes('\0'));
    const tricky = fc.array(
      fc.constantFrom("'", '"', '\\', '$', '`', '!', '\n', ' ', '*', '~', '%s', '-n', '#'),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            text,
            tricky.map((pieces) => pieces.join('')),
          ),
        ),
        (words) => {
          const script = `for word in ${words.map(shellQuote).join(' ')} end; do printf '%s\\0' "$word"; done`;
          const out = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
          expect(out.split('\0').slice(0, -2)).toEqual(words);
        },
      ),
    );
  });
});

describe('a request as a curl command', () => {
  const request = (body: string | null, path = '/hook?list[]=1&name=a%20b') => ({
    method: 'POST' as const,
    url: `${receiver.url}${path}`,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Posthorn/1',
      'x-webhook-signature': "v1,a+'b=",
    },
    body,
    as_sent: true,
  });

  test.each([
    ['quotes, lines and an @', '@{"text":"it\'s \\"new\\"\\n$HOME `id` !! \\\\ é 漢"}\n\n'],
    ['more than one argument may hold', JSON.stringify({ text: "it's ".repeat(50_000) })],
  ])('a body of %s arrives to the byte, with the same headers and no others', async (_, body) => {
    const command = curlCommand(request(body));
    expect(command).not.toBeNull();
    await runShell(command ?? '');
    const received = await receiver.next();
    expect(received.body).toBe(body);
    expect(received.method).toBe('POST');
    expect(received.path).toBe('/hook?list[]=1&name=a%20b');
    expect(received.headers).toEqual({
      ...request(body).headers,
      host: new URL(receiver.url).host,
      'content-length': String(Buffer.byteLength(body)),
    });
  });

  test('there is none without headers or body', () => {
    expect(curlCommand(request(null))).toBeNull();
    expect(curlCommand({ ...request('{}'), headers: null })).toBeNull();
  });
});
