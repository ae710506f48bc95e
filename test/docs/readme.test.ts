/** What README tells a newcomer to paste is pasted, against a service of its own; only the two ports differ. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

let folder: string;
let readme: string;
let service: ServiceProcess;
let receiver: ChildProcess | null = null;

beforeAll(async () => {
  // Below the repository, so that the examples find its packages as they do when pasted in the clone.
  await mkdir(join(repository, 'node_modules/.cache'), { recursive: true });
  folder = await mkdtemp(join(repository, 'node_modules/.cache/readme-'));
  service = await startServiceProcess(join(folder, 'data'));
  const text = await readFile(join(repository, 'README.md'), 'utf8');
  const port = await freePort();
  readme = text.replaceAll('http://127.0.0.1:4000', service.address).replaceAll('8080', String(port));
});
afterAll(async () => {
  receiver?.kill();
  await service.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

/** The one block of this language that contains the text. */
function block(language: string, containing: string): string {
  const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found, code]) => found === language && code?.includes(containing))
    .map(([, , code]) => code);
  const [code] = blocks;
  if (code === undefined || blocks.length > 1)
    throw new Error(`${blocks.length} ${language} blocks contain ${containing}`);
  return code;
}

const paste = (code: string) => run('bash', ['-c', code], { cwd: folder });

test('the curl example registers a webhook and shows its secret', async () => {
  const { stdout } = await paste(block('bash', '/v3/webhooks'));
  expect(JSON.parse(stdout)).toMatchObject({
    success: true,
    data: { signing_secret: expect.stringMatching(/^whsec_/) },
  });
});

test('the receiver prints the verified event that the second curl example publishes', async () => {
  await writeFile(join(folder, 'receiver.mjs'), block('js', 'createServer'));
  receiver = spawn(process.execPath, ['receiver.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  if (receiver.stdout === null) throw new Error('the receiver has no output');
  const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('waiting for deliveries');
  const { stdout } = await paste(block('bash', '/platform/v1/events'));
  expect(JSON.parse(stdout).data.events).toMatchObject([{ deliveries: 1, duplicate: false }]);
  expect((await lines.next()).value).toBe(
    "verified: message.delivered { message_id: 'm-1', channel: 'sms' } attempt 1",
  );
});

test('the SDK example sends a test event and prints the log', async () => {
  await writeFile(join(folder, 'example.mjs'), block('js', '@sentdm/sentdm'));
  const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: folder });
  expect(stdout).toContain('Test event delivered successfully');
  expect(stdout).toMatch(/message\.read delivered/);
  expect(stdout).toMatch(/message\.delivered delivered/);
});

test('the commands it names exist', async () => {
  const { scripts } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
  const named = [...readme.matchAll(/npm (?:run )?(start|test|dev|check|demo)\b/g)].map(([, name]) => name);
  expect(new Set(named)).toEqual(new Set(['start', 'test', 'dev', 'check', 'demo']));
  for (const name of named) expect(scripts).toHaveProperty(name ?? '');
  expect((await paste('npx posthorn config')).stdout).toContain('DATABASE_URL');
});
