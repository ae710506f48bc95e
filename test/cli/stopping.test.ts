import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startReceiver } from '../support/receiver.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';

async function post(
  service: ServiceProcess,
  path: string,
  key: string,
  body: object,
): Promise<{ readonly id: string }> {
  const response = await fetch(`${service.address}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return JSON.parse(text).data;
}

test('a Ctrl-C that arrives twice at once, from the terminal and from npm, stops gently', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-stopping-'));
  let answer: () => void = () => {};
  const receiver = await startReceiver({ delayUntil: new Promise<void>((resolve) => (answer = resolve)) });
  const service = await startServiceProcess(dataDir, { LOG_LEVEL: 'info' });
  try {
    const { platformKey, profileKey, profileId } = service.keys;
    await post(service, '/v3/webhooks', profileKey, {
      display_name: 'Slow',
      endpoint_url: receiver.url,
      event_types: ['message'],
    });
    await post(service, '/platform/v1/events', platformKey, {
      account_id: profileId,
      event: 'message.sent',
      payload: {},
    });
    await receiver.next();
    // Two kinds of signal, because the system may merge two of one kind.
    const ended = Promise.all([service.end('SIGINT'), service.end('SIGTERM')]);
    await untilRefused(service.address);
    answer();
    expect(await ended).toEqual([0, 0]);
    expect(service.output()).not.toContain('stopping at once');
    const told = () =>
      eventually(
        async () => service.output(),
        (output) => output.includes('stopped delivering'),
      );
    expect(await told()).toMatch(/"deliveriesInFlight":1,"msg":"stopping"/);
    expect(service.output()).toMatch(/"handedBack":0,"msg":"stopped delivering"/);
  } finally {
    answer();
    await service.end('SIGKILL');
    await receiver.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}, 60_000);

test('a connection that is kept after its last answer does not hold up the end', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-stopping-'));
  let answer: () => void = () => {};
  const receiver = await startReceiver({ delayUntil: new Promise<void>((resolve) => (answer = resolve)) });
  const service = await startServiceProcess(dataDir);
  try {
    const { profileKey } = service.keys;
    const { id } = await post(service, '/v3/webhooks', profileKey, {
      display_name: 'Slow',
      endpoint_url: receiver.url,
      event_types: ['message'],
    });
    const testing = post(service, `/v3/webhooks/${id}/test`, profileKey, { event_type: 'message.sent' });
    await receiver.next();
    const ended = service.end('SIGTERM');
    await untilRefused(service.address);
    answer();
    await testing;
    const answeredAt = performance.now();
    expect(await ended).toBe(0);
    // What is in flight has eight seconds; here nothing is.
    expect(performance.now() - answeredAt).toBeLessThan(5000);
  } finally {
    answer();
    await service.end('SIGKILL');
    await receiver.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}, 60_000);

async function untilRefused(address: string): Promise<void> {
  while (await fetch(`${address}/health/live`).then(Boolean, () => false));
}
