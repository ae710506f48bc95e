/** The complete receiver of docs/signing.md, saved and started as the page says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bodyTail, deliveredBody } from '../../src/domain/body.ts';
import { newId } from '../../src/domain/identifier.ts';
import { secretKey, signatureHeaders } from '../../src/domain/signature.ts';
import { fencesOf, readPage, sectionOf } from './markdown.ts';

const page = readPage('docs/signing.md').text;
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const payload = '{"message_id":"m-1"}';
const body = deliveredBody(
  'message',
  bodyTail({
    name: 'message.read',
    timestamp: new Date('2026-01-15T10:35:00Z'),
    requestId: null,
    payload,
  }),
);

let folder: string;
let receiver: ChildProcess;
let url: string;
/** What it has printed, line by line. */
let nextLine: () => Promise<string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-receiver-'));
  await writeFile(join(folder, 'is-authentic.mjs'), scriptOf('### JavaScript (Node)'));
  await writeFile(join(folder, 'receiver.mjs'), scriptOf('## A complete receiver'));
  receiver = spawn(process.execPath, ['receiver.mjs'], {
    cwd: folder,
    env: { PATH: process.env.PATH, SIGNING_SECRET: secret, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (receiver.stdout === null) throw new Error('the receiver has no output');
  const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
  nextLine = async () => String((await lines.next()).value);
  const [, address = ''] = /^waiting for deliveries at (\S+)$/.exec(await nextLine()) ?? [];
  url = address;
});
afterAll(async () => {
  receiver.kill();
  await rm(folder, { recursive: true, force: true });
});

function scriptOf(heading: string): string {
  const [script] = fencesOf(sectionOf(page, heading)).filter(({ language }) => language === 'js');
  if (script === undefined) throw new Error(`"${heading}" has no JavaScript`);
  return script.code;
}

function headersOf(deliveryId: string): Record<string, string> {
  return signatureHeaders({
    webhookId: newId(Date.now()),
    deliveryId,
    eventName: 'message.read',
    attemptNumber: 1,
    timestampSeconds: Math.floor(Date.now() / 1000),
    body,
    keys: [secretKey(secret)],
  });
}

async function deliver(headers: Record<string, string>, text = body): Promise<number> {
  return (await fetch(url, { method: 'POST', headers, body: text })).status;
}

test('it refuses what is not authentic, and takes each delivery once', async () => {
  const [first, second] = [newId(Date.now()), newId(Date.now())];
  expect(await deliver(headersOf(first), body.replace('m-1', 'm-2'))).toBe(401);
  expect(await deliver({})).toBe(401);
  expect(await deliver(headersOf(first))).toBe(204);
  expect(await deliver(headersOf(first))).toBe(204);
  expect(await deliver(headersOf(second))).toBe(204);
  const line = "verified: 2026-01-15T10:35:00Z message.read { message_id: 'm-1' }";
  expect([await nextLine(), await nextLine()]).toEqual([line, line]);
});

test('it gives no answer to a body without end, and goes on', async () => {
  await expect(deliver(headersOf(newId(Date.now())), 'x'.repeat(4 * 1024 * 1024))).rejects.toThrow(
    'fetch failed',
  );
  expect(await deliver(headersOf(newId(Date.now())))).toBe(204);
  await nextLine();
});
