/** docs/platform-api.md is pasted block after block into one shell, beside a service and a receiver; only ports differ. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { batchEventsMax, eventBytesMax } from '../../src/domain/event-input.ts';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { type Fence, fencesOf, readPage, tableRows } from './markdown.ts';

const page = readPage('docs/platform-api.md').text;

let folder: string;
let service: ServiceProcess;
let receiver: Receiver;
let shell: Shell;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-platform-'));
  service = await startServiceProcess(join(folder, 'data'));
  receiver = await startReceiver({ status: 204 });
  shell = startShell(folder);
});
afterAll(async () => {
  shell.end();
  await receiver.close();
  await service.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

interface Shell {
  /** What the code prints, as lines. */
  run(code: string): Promise<string[]>;
  end(): void;
}

function startShell(cwd: string): Shell {
  const env = { PATH: process.env.PATH };
  const bash: ChildProcess = spawn('bash', [], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const { stdin, stdout } = bash;
  if (stdin === null || stdout === null) throw new Error('the shell has no pipes');
  const printed = createInterface(stdout)[Symbol.asyncIterator]();
  return {
    async run(code) {
      // Answers do not end with a line end.
      stdin.write(`${code}\necho; echo "the block has ended"\n`);
      const lines: string[] = [];
      for (;;) {
        const { value, done } = await printed.next();
        if (done || value === 'the block has ended') return lines.filter((line) => line !== '');
        lines.push(value);
      }
    },
    end: () => bash.kill(),
  };
}

/** Each block of bash with the answer that the page shows for it, or null. */
function steps(): { code: string; shown: string | null }[] {
  const fences = fencesOf(page);
  const shownAfter = (next: Fence | undefined) => (next?.language === 'json' ? next.code : null);
  return [...fences.entries()]
    .filter(([, { language }]) => language === 'bash')
    .map(([index, { code }]) => ({ code: atTestPorts(code), shown: shownAfter(fences[index + 1]) }));
}

function atTestPorts(code: string): string {
  return code
    .replace('http://127.0.0.1:4000', service.address)
    .replace('http://127.0.0.1:8081', receiver.url);
}

/** An answer without what differs from run to run. */
function masked(json: string): unknown {
  return JSON.parse(json, (key, value) => {
    if (typeof value === 'number') return key === 'duration_ms' ? 'milliseconds' : value;
    if (typeof value !== 'string') return value;
    if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) return 'id';
    if (/^[\d-]+T[\d:]+(\.\d+)?\+00:00$/.test(value)) return 'moment';
    if (/^req_\w{10}$/.test(value)) return 'request';
    return key === 'key' || key === 'prefix' ? value.slice(0, 3) : value;
  });
}

test('every block does what the page shows', async () => {
  const [setUp, ...calls] = steps();
  expect(calls.filter(({ shown }) => shown !== null)).toHaveLength(6);
  expect(await shell.run(setUp?.code ?? '')).toEqual([]);
  for (const { code, shown } of calls) {
    if (shown === null) {
      const answers = (await shell.run(code)).join('').split(/(?<=\})(?=\{"success")/);
      for (const answer of answers) expect(JSON.parse(answer), answer).toMatchObject({ success: true });
    } else if (shown.includes('"attempts"')) {
      const look = async () => (await shell.run(code)).join('');
      const seen = await eventually(look, (answer) => answer.includes('"status":"delivered"'));
      expect(masked(seen)).toEqual(masked(shown));
    } else {
      expect(masked((await shell.run(code)).join(''))).toEqual(masked(shown));
    }
  }
  const bodies = (await receiver.waitFor(3)).map(({ body }) => JSON.parse(body).payload.message_id);
  expect(bodies.sort()).toEqual(['message-1', 'message-2', 'message-3']);
});

test('its sizes are those of the code', () => {
  expect(page).toContain(`takes 1 to ${batchEventsMax} events`);
  expect(page).toContain(`An event may have ${eventBytesMax / 1024} KiB`);
});

test('the OpenAPI document takes what the service takes, under every name, and has the fields of the page', async () => {
  const document = JSON.parse(await (await fetch(`${service.address}/openapi.json`)).text());
  const { NewEvent } = document.components.schemas;
  const named = tableRows(page)
    .filter(([, need]) => need === 'required' || need === 'optional')
    .map(([field = '']) => field.replaceAll('`', ''));
  expect([...named, 'field', 'sub_type'].sort()).toEqual(Object.keys(NewEvent.properties).sort());

  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const validate = ajv
    .addSchema(document, 'openapi')
    .compile({ $ref: 'openapi#/components/schemas/NewEvent' });
  const { keys, address } = service;
  const publish = async (event: object) =>
    (
      await fetch(`${address}/platform/v1/events`, {
        method: 'POST',
        headers: { 'x-api-key': keys.platformKey, 'content-type': 'application/json' },
        body: JSON.stringify(event),
      })
    ).status;
  const nameless = { account_id: keys.profileId, payload: {}, id: null, timestamp: null, request_id: null };
  for (const name of [
    { event: 'message.read' },
    { event: 'messages.read' },
    { event: null, field: 'templates' },
    { field: 'templates', sub_type: null },
    { field: 'message.read' },
    { field: 'messages', sub_type: 'message.read' },
    { field: 'message', sub_type: 'read' },
  ]) {
    const event = { ...nameless, ...name };
    expect([validate(event), await publish(event)], JSON.stringify(name)).toEqual([true, 202]);
  }
  for (const name of [{}, { sub_type: 'message.read' }]) {
    const event = { ...nameless, ...name };
    expect([validate(event), await publish(event)], JSON.stringify(name)).toEqual([false, 400]);
  }
});
