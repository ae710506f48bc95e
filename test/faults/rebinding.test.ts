/**
 * Names whose answers change between check and connection, are mixed, or are nonsense: with a name server and a service of
 * our own, which allows 127.0.0.2 alone, and a listener on all addresses of this machine. What is connected to is what
 * was checked.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type ConnectionCounter, startConnectionCounter } from '../support/connection-counter.ts';
import { createCustomer } from '../support/customers.ts';
import { eventually } from '../support/eventually.ts';
import { recordFigure } from '../support/figures.ts';
import {
  allowedAddress,
  allowedForms,
  forbiddenNames,
  type HostileName,
  mixedNames,
  turningNames,
  uselessNames,
} from '../support/hostile-names.ts';
import { type NameReply, type NameServer, type Question, startNameServer } from '../support/name-server.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { startTally } from '../support/tally.ts';
import { type SeenDelivery, type WebhookOwner, webhookOwner } from '../support/webhook-owner.ts';

const topic = 'Forbidden addresses';
const notPublic = /leads to an address that is not public/;
const notFound =
  /^The name \S+ (could not be resolved|was not resolved in time: no name server answered)$|^No connection to the endpoint was made within 5 s$/;
const allowed: NameReply = { addresses: [allowedAddress] };

const platformKey = 'php_platform-key-of-the-test';
/** Of the process, in-flight deliveries included; the rest is for a machine that is busy. */
const stopMsMax = 12_000;

interface Scene {
  readonly owner: WebhookOwner;
  /** Of this scene alone, by its port. */
  readonly listener: ConnectionCounter;
  urlOf(name: string): string;
}

/** By name; one that is not here has the allowed address. */
const replies = new Map<string, (question: Question) => NameReply>();
let dataDir: string;
let nameServer: NameServer;
let service: ServiceProcess;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'posthorn-rebinding-'));
  nameServer = await startNameServer((question) => {
    const reply = replies.get(question.name);
    return reply === undefined ? allowed : reply(question);
  });
  service = await startServiceProcess(join(dataDir, 'data'), {
    POSTHORN_DNS_SERVERS: nameServer.address,
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_ALLOWED_NETWORKS: `${allowedAddress}/32`,
    POSTHORN_RATE_LIMIT: '0',
    POSTHORN_RATE_LIMIT_TEST: '0',
    POSTHORN_AUTO_DISABLE_AFTER: '0',
    POSTHORN_RETRY_SCHEDULE: '0.1',
  });
});
afterAll(async () => {
  await service?.end('SIGKILL');
  await nameServer?.close();
  await rm(dataDir, { recursive: true, force: true });
});

const listeners: ConnectionCounter[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

async function startScene(): Promise<Scene> {
  const listener = await startConnectionCounter();
  listeners.push(listener);
  const customer = await createCustomer(service, platformKey, 'unused', []);
  return {
    owner: webhookOwner({ ...service, ...customer, platformKey }),
    listener,
    urlOf: (name) => `http://${name}:${listener.port}/`,
  };
}

test.each<[string, readonly HostileName[]]>([
  ['names that lead to a forbidden address', forbiddenNames],
  ['names that lead to a forbidden address among others, by aliases, or as one of 500', mixedNames],
])(
  '%s are refused at create and update, and when they turn into that later they are not connected to',
  async (what, names) => {
    const { owner, listener, urlOf } = await startScene();
    const cases = startTally();
    const stored = new Map<string, HostileName>();
    for (const hostile of names) {
      const name = nameOf(hostile);
      replies.set(name, hostile.reply);
      const created = await owner.create(urlOf(name));
      cases.check(`create, ${hostile.what}`, isRefused(created), created);
      replies.set(name, () => allowed);
      const id = await owner.created(urlOf(name));
      replies.set(name, hostile.reply);
      const updated = await owner.update(id, urlOf(name));
      cases.check(`update, ${hostile.what}`, isRefused(updated), updated);
      stored.set(id, hostile);
      const reason = await owner.test(id);
      cases.check(`test, ${hostile.what}`, notPublic.test(reason ?? ''), reason);
    }
    const deliveries = await owner.deliveriesOf(await owner.publish());
    for (const [id, hostile] of stored) {
      const [first, retry] = twoAttempts(deliveries.get(id));
      cases.check(`delivery, ${hostile.what}`, notPublic.test(first), first);
      cases.check(`retry, ${hostile.what}`, notPublic.test(retry), retry);
      const told = await owner.resend(deliveries.get(id));
      cases.check(`resend, ${hostile.what}`, notPublic.test(told ?? ''), told);
    }
    expect(cases.problems).toEqual([]);
    expect(cases.tried).toBe(names.length * 6);
    expect(listener.reached).toEqual([]);
    await recordFigure({
      topic,
      what: `${what}, at create, update, test, delivery, retry and resend`,
      tried: cases.tried,
      survived: cases.survived,
      note: `${names.length} names at 6 stages; ${listener.connections} connections made`,
    });
  },
);

test('names that are never answered, or with errors and nonsense, lead nowhere', async () => {
  const { owner, listener, urlOf } = await startScene();
  const cases = startTally();
  for (const useless of uselessNames) replies.set(nameOf(useless), useless.reply);
  const stored = new Map<string, HostileName>();
  const tried = uselessNames.map(async (useless) => {
    // Accepted: the name may not exist yet.
    const id = await owner.created(urlOf(nameOf(useless)));
    stored.set(id, useless);
    const reason = await owner.test(id);
    cases.check(`test, ${useless.what}`, notFound.test(reason ?? ''), reason);
  });
  await Promise.all(tried);
  const deliveries = await owner.deliveriesOf(await owner.publish());
  for (const [id, useless] of stored) {
    const [first, retry] = twoAttempts(deliveries.get(id));
    cases.check(`delivery, ${useless.what}`, notFound.test(first), first);
    cases.check(`retry, ${useless.what}`, notFound.test(retry), retry);
  }
  expect(cases.problems).toEqual([]);
  expect(cases.tried).toBe(uselessNames.length * 3);
  expect(listener.reached).toEqual([]);
  await recordFigure({
    topic,
    what: 'names that are never answered, or with errors and nonsense, at test, delivery and retry',
    tried: cases.tried,
    survived: cases.survived,
    note: `${uselessNames.length} names at 3 stages; ${listener.connections} connections made`,
  });
});

test('a name that changes its answer at every look-up is connected to where it was checked, after one look-up for each connection', async () => {
  const rounds = 12;
  const { owner, listener, urlOf } = await startScene();
  const cases = startTally();
  for (const [index, [what, addressesOf]] of turningNames.entries()) {
    const name = `turning-${index}.test`;
    const id = await owner.created(urlOf(name));
    const asked = { 4: 0, 6: 0 };
    replies.set(name, ({ family, isRepeated }) => {
      if (!isRepeated) asked[family] += 1;
      return { addresses: addressesOf(asked[family] - 1) };
    });
    for (let round = 0; round < rounds; round++) {
      const isAllowed = addressesOf(round).every((address) => allowedForms.has(address));
      const before = { reached: listener.connections, questions: asked[4] + asked[6] };
      const reason = await owner.test(id);
      const reached = listener.reached.slice(before.reached);
      const questions = asked[4] + asked[6] - before.questions;
      const isRight = isAllowed
        ? reason === 'The endpoint answered 500' && reached.length === 1 && reached[0] === allowedAddress
        : notPublic.test(reason ?? '') && reached.length === 0;
      cases.check(`${what}, look-up ${round}`, isRight && questions === 2, { reason, reached, questions });
    }
  }
  await owner.deliveriesOf(await owner.publish());
  expect(cases.problems).toEqual([]);
  expect(cases.tried).toBe(turningNames.length * rounds);
  expect(new Set(listener.reached)).toEqual(new Set([allowedAddress]));
  await recordFigure({
    topic,
    what: 'connections to names that change their answer at every look-up',
    tried: cases.tried,
    survived: cases.survived,
    note: `${listener.connections} connections made, all to the address that was checked and allowed`,
  });
});

// The last one, because it ends the service.
test('eight names that are never answered do not delay the deliveries to a ninth, nor the stop', async () => {
  const { owner, listener, urlOf } = await startScene();
  const hanging = Array.from({ length: 8 }, (_none, n) => `hanging-${n}.test`);
  const ids = await Promise.all(hanging.map((name) => owner.created(urlOf(name))));
  for (const name of hanging) replies.set(name, () => null);
  const asked = nameServer.questions.length;
  const cases = startTally();
  const eventId = await owner.publish();
  await eventually(
    async () => new Set(nameServer.questions.slice(asked).map(({ name }) => name)).size,
    (names) => names === hanging.length,
  );
  const ninth = await owner.created(urlOf('ninth.test'));
  const reason = await owner.test(ninth);
  const deliveries = await owner.deliveriesSoFar(eventId);
  for (const id of ids) {
    const { status } = deliveries.get(id) ?? { status: 'missing' };
    cases.check(`${id} hangs while the ninth is tested`, status === 'pending' && listener.connections === 1, {
      status,
      reason,
    });
  }
  expect(cases.problems).toEqual([]);
  expect(listener.reached).toEqual([allowedAddress]);
  const startedAt = Date.now();
  expect(await service.end('SIGTERM')).toBe(0);
  const stopMs = Date.now() - startedAt;
  expect(stopMs).toBeLessThan(stopMsMax);
  await recordFigure({
    topic,
    what: 'names that hang beside one that does not, with servers of our own',
    tried: cases.tried,
    survived: cases.survived,
    note: `SIGTERM while they hang: 0 after ${(stopMs / 1000).toFixed(1)} s`,
  });
});

function nameOf({ what }: HostileName): string {
  return `${what.toLowerCase().replaceAll(' ', '-')}.test`;
}

function isRefused({ status, error }: { status: number; error: { message: string } | null }): boolean {
  return status === 400 && notPublic.test(error?.message ?? '');
}

/** What was told of the first and of the retry; of a delivery with another end or more attempts, what is wrong. */
function twoAttempts(delivery: SeenDelivery | undefined): [string, string] {
  const [first, retry, ...more] = delivery?.attempts ?? [];
  if (delivery?.status !== 'failed' || more.length > 0)
    return [JSON.stringify(delivery), JSON.stringify(delivery)];
  return [first?.error_message ?? 'missing', retry?.error_message ?? 'missing'];
}
