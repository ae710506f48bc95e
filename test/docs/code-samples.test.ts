/**
 * The examples of the OpenAPI document, run as they stand: only the address and what the example ids stand for are put in.
 * Those outside of the flows below are not run; in TypeScript they are compiled.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { repository } from './markdown.ts';

interface CodeSample {
  readonly label: string;
  readonly source: string;
}

interface Operation {
  readonly operationId: string;
  readonly 'x-codeSamples': readonly CodeSample[];
}

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const run = promisify(execFile);
const hasPython = spawnSync('python3', ['--version']).status === 0;

let folder: string;
let service: TestService;
let receiver: Receiver;
let operations: readonly Operation[];

beforeAll(async () => {
  // Below the repository, so that the examples find the SDK.
  await mkdir(join(repository, 'node_modules/.cache'), { recursive: true });
  folder = await mkdtemp(join(repository, 'node_modules/.cache/samples-'));
  service = await startTestService();
  receiver = await startReceiver();
  const response = await fetch(`${service.address}/openapi.json`);
  const { paths } = (await response.json()) as OpenApiDocument;
  operations = Object.values(paths).flatMap((path) => Object.values(path));
});
afterAll(async () => {
  await receiver?.close();
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

function sampleOf(operationId: string, label: string): string {
  const operation = operations.find((one) => one.operationId === operationId);
  const sample = operation?.['x-codeSamples'].find((one) => one.label === label);
  if (sample === undefined) throw new Error(`${operationId} has no example in ${label}`);
  return sample.source;
}

const exampleId = 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8';

/** What it prints. */
async function runSample(operationId: string, label: string, id: string): Promise<string> {
  const source = sampleOf(operationId, label)
    .replaceAll('http://127.0.0.1:4000', service.address)
    .replaceAll('https://example.com/webhooks', receiver.url)
    .replaceAll(exampleId, id);
  const { profileKey: API_KEY, platformKey: PLATFORM_KEY } = service.keys;
  const options = { cwd: folder, env: { PATH: process.env.PATH, API_KEY, PLATFORM_KEY } };
  if (label === 'curl') return (await run('bash', ['-c', source], options)).stdout;
  if (label === 'Python') return (await run('python3', ['-c', source], options)).stdout;
  // It has no types of its own, so it is JavaScript.
  const file = join(folder, 'sample.mjs');
  await writeFile(file, source);
  return (await run(process.execPath, [file], options)).stdout;
}

/** The id in the first answer of a kind, printed as JSON or as JavaScript. */
function idIn(printed: string): string {
  const [, id] = /\bid['"]?: ?['"]([0-9a-f-]{36})/.exec(printed) ?? [];
  if (id === undefined) throw new Error(`there is no id in ${printed}`);
  return id;
}

for (const label of ['curl', 'TypeScript', 'Python']) {
  // .ci/run says and counts that Python is not installed.
  describe.skipIf(label === 'Python' && !hasPython)(`the examples in ${label}`, { timeout: 120_000 }, () => {
    test('take a webhook from its creation to its end', async () => {
      const id = idIn(await runSample('createWebhook', label, ''));
      for (const operationId of ['listWebhooks', 'getWebhook', 'updateWebhook', 'toggleWebhookStatus']) {
        expect(await runSample(operationId, label, id), operationId).toContain(id);
      }
      expect(await runSample('rotateWebhookSecret', label, id)).toContain('whsec_');
      expect(await runSample('testWebhook', label, id)).toContain('Test event delivered successfully');
      expect(await runSample('listWebhookEvents', label, id)).toContain('total_count');
      await runSample('deleteWebhook', label, id);
      expect(await runSample('listWebhooks', label, id)).not.toContain(id);
    });

    test('tell whose key it is and what can be subscribed to', async () => {
      expect(await runSample('getMe', label, '')).toContain(service.keys.profileId);
      expect(await runSample('listWebhookEventTypes', label, '')).toContain('message.delivered');
    });

    test('take the platform from an account and its key to an event', async () => {
      const id = idIn(await runSample('createAccount', label, ''));
      expect(await runSample('createApiKey', label, id)).toContain('ph_');
      const eventId = idIn(await runSample('publishEvents', label, id));
      expect(await runSample('getEvent', label, eventId)).toContain('message-1.delivered');
      expect(await runSample('listAccounts', label, id)).toContain(id);
      expect(await runSample('updateAccount', label, id)).toContain('suspended');
      expect(await runSample('getAccount', label, id)).toContain('suspended');
      expect(await runSample('listApiKeys', label, id)).toContain('Production');
      await runSample('deleteAccount', label, id);
    });

    test('make an event type and delete it', async () => {
      for (const operationId of ['putEventType', 'getEventType', 'listEventTypes']) {
        expect(await runSample(operationId, label, ''), operationId).toContain('shipment');
      }
      await runSample('deleteEventType', label, '');
      expect(await runSample('listEventTypes', label, '')).not.toContain('shipment');
    });
  });
}

test('every operation has an example in each language, and none has a gap in it', () => {
  for (const { operationId, 'x-codeSamples': samples } of operations) {
    expect(samples.map(({ label }) => label)).toEqual(['curl', 'TypeScript', 'Python']);
    for (const { source } of samples) expect(source, operationId).not.toMatch(/\{\w+\}|undefined/);
  }
});

test('every example in TypeScript passes the compiler, with the types of the SDK', async () => {
  const files = operations.map(({ operationId }) => join(folder, `${operationId}.mts`));
  await Promise.all(
    operations.map(({ operationId }, index) =>
      writeFile(files[index] ?? '', `${sampleOf(operationId, 'TypeScript')}export {};\n`),
    ),
  );
  const program = ts.createProgram(files, {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    typeRoots: [join(repository, 'node_modules/@types')],
  });
  const problems = ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => [file?.fileName, ts.flattenDiagnosticMessageText(messageText, '\n')]);
  expect(problems).toEqual([]);
});
