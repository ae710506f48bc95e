/**
 * Accounts from each other: every operation of the OpenAPI document, with every kind of id and key that is not the
 * caller's. What belongs to another is answered with the same bytes as what does not exist, and nothing changes. A new
 * operation is covered by itself, or fails here until it is said what its path and body mean.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { platformKey } from '../api/harness.ts';
import { contentOf } from '../support/database-content.ts';
import { recordFigure } from '../support/figures.ts';
import { type Tenant, tracesOf } from '../support/generated-tenants.ts';
import type { Operation } from '../support/openapi-document.ts';
import {
  bytesOf,
  type Call,
  callersOf,
  idsOf,
  isVisibleTo,
  startTenancy,
  type Tenancy,
} from '../support/tenancy-calls.ts';

let tenancy: Tenancy;

beforeAll(async () => {
  tenancy = await startTenancy();
});
afterAll(() => tenancy.close());

const accountOperations = () => tenancy.operations.filter(({ opensTo }) => opensTo === 'account');
/** What it takes to be told of a webhook: a part of its path, or of its query. */
const idsTaken = ({ pathParameters, query }: Operation) => [
  ...pathParameters,
  ...query.flatMap(({ name }) => (name.endsWith('_id') ? [name] : [])),
];
const platformOperations = () => tenancy.operations.filter(({ opensTo }) => opensTo === 'platform');

test('what belongs to another account is answered like what does not exist, and nothing changes', async () => {
  const before = await contentOf(tenancy.api.db);
  let tried = 0;
  let survived = 0;
  const different: string[] = [];
  for (const operation of accountOperations().filter((each) => idsTaken(each).length > 0)) {
    const kind = /^\/v3\/((stats\/)?webhooks\/\{id\}|stats$)/;
    expect(operation.path, 'unknown kind of route').toMatch(kind);
    for (const caller of callersOf(tenancy.tenants)) {
      for (const { unknown, others } of idsToTry(operation, caller.as)) {
        const nobodys = await tenancy.call(operation, { ...caller.call, ...unknown });
        expect([operation.id, nobodys.status]).toEqual([operation.id, 404]);
        const expected = bytesOf(nobodys);
        for (const told of others) {
          tried++;
          const answer = bytesOf(await tenancy.call(operation, { ...caller.call, ...told }));
          if (answer === expected) survived++;
          else different.push(`${operation.id} ${JSON.stringify(told)}: ${answer} instead of ${expected}`);
        }
      }
    }
  }
  expect(await contentOf(tenancy.api.db)).toEqual(before);
  expect(different).toEqual([]);
  await recordFigure({
    topic: 'Accounts apart',
    what: 'ids of others, on every operation that takes one: same bytes as for an unknown id, nothing changed',
    tried,
    survived,
  });
});

/** Their answers name nothing that belongs to an account. */
const nameless = new Set(['listWebhookEventTypes', 'getStats']);

function idsOwnedBy({ webhookId, deliveryIds: [delivery = 'none'] }: Tenant): Ids {
  return { id: webhookId, event_id: delivery };
}

type Told = Pick<Call, 'ids' | 'query'>;

interface IdsToTry {
  /** Of nothing. */
  readonly unknown: Told;
  /** Each to be answered like that. */
  readonly others: readonly Told[];
}

type Ids = Readonly<Record<string, string>>;

/** Every id that does not name what the operation wants: another's, in small letters and capitals, and own ones of another kind. */
function idsToTry(operation: Operation, as: Tenant): readonly IdsToTry[] {
  const tenants = Object.values(tenancy.tenants).filter(({ accountId }) => accountId !== as.accountId);
  const foreign = tenants.flatMap(idsOf).flatMap((id) => [id, id.toUpperCase()]);
  const wrongWebhooks = [...foreign, ...idsOf(as).filter((id) => id !== as.webhookId)];
  const taken = idsTaken(operation).join();
  if (taken === 'webhook_id') return [trying((id) => ({ query: `?webhook_id=${id}` }), wrongWebhooks)];
  if (taken === 'id') return [trying((id) => ({ ids: { id } }), wrongWebhooks)];
  expect(taken, `unknown kind of route: ${operation.path}`).toBe('id,event_id');
  const [delivery = 'none'] = as.deliveryIds;
  const ofWebhook = trying((id) => ({ ids: { id, event_id: delivery } }), wrongWebhooks);
  // Each with its own, as its owner would ask.
  const ofOwners = tenants.flatMap(({ webhookId: id, deliveryIds }) =>
    deliveryIds.map((event_id: string) => ({ ids: { id, event_id } })),
  );
  const wrongEvents = [...foreign, ...idsOf(as).filter((id) => !as.deliveryIds.includes(id))];
  return [
    { ...ofWebhook, others: [...ofWebhook.others, ...ofOwners] },
    trying((event_id) => ({ ids: { id: as.webhookId, event_id } }), wrongEvents),
  ];
}

function trying(told: (id: string) => Told, wrong: readonly string[]): IdsToTry {
  return { unknown: told(randomUUID()), others: wrong.map(told) };
}

test('no list and no search shows anything of another account', async () => {
  const before = await contentOf(tenancy.api.db);
  let tried = 0;
  let survived = 0;
  const leaks: string[] = [];
  for (const operation of accountOperations().filter(({ method }) => method === 'GET')) {
    for (const caller of callersOf(tenancy.tenants)) {
      const hidden = Object.values(tenancy.tenants).filter((tenant) => !isVisibleTo(caller.as, tenant));
      const traces = hidden.flatMap(tracesOf);
      const takesSearch = operation.query.some(({ name }) => name === 'search');
      const queries = takesSearch ? ['', ...traces.map((trace) => `?search=${trace}`)] : [''];
      for (const query of queries) {
        tried++;
        const ids = idsOwnedBy(caller.as);
        const { status, body } = await tenancy.call(operation, { ...caller.call, ids, query });
        expect([operation.id, status]).toEqual([operation.id, 200]);
        const shown = traces.filter((trace) => body.includes(trace));
        if (shown.length === 0) survived++;
        else leaks.push(`${operation.id}${query} shows ${shown.join()}`);
        // Otherwise nothing would have been looked at.
        if (query === '' && !nameless.has(operation.id)) expect(body).toContain(caller.as.mark);
      }
    }
  }
  expect(await contentOf(tenancy.api.db)).toEqual(before);
  expect(leaks).toEqual([]);
  await recordFigure({
    topic: 'Accounts apart',
    what: 'lists and searches for the ids, names and keys of others: nothing shown',
    tried,
    survived,
  });
});

test('x-profile-id opens the profiles of the organization and nothing else', async () => {
  const { organization, profile, user, otherOrganization, otherProfile } = tenancy.tenants;
  const strangers = [otherProfile, otherOrganization, user, organization].map(({ accountId }) => accountId);
  const wrong = [...strangers, profile.webhookId, profile.keyId, organization.keyId];
  const before = await contentOf(tenancy.api.db);
  let tried = 0;
  let survived = 0;
  const different: string[] = [];
  for (const operation of accountOperations()) {
    const ids = idsOwnedBy(profile);
    const nobodys = await tenancy.call(operation, { key: organization.key, profileId: randomUUID(), ids });
    expect([nobodys.status, JSON.parse(nobodys.body).error.code]).toEqual([404, 'RESOURCE_004']);
    for (const profileId of wrong) {
      tried++;
      const answer = bytesOf(await tenancy.call(operation, { key: organization.key, profileId, ids }));
      if (answer === bytesOf(nobodys)) survived++;
      else different.push(`${operation.id} ${profileId}: ${answer}`);
    }
    for (const { key, accountId } of [profile, user]) {
      tried++;
      const { status, body } = await tenancy.call(operation, { key, profileId: accountId, ids });
      if (status === 403) survived++;
      else different.push(`${operation.id} with a key that may not: ${status} ${body}`);
    }
  }
  expect(await contentOf(tenancy.api.db)).toEqual(before);
  expect(different).toEqual([]);
  await recordFigure({
    topic: 'Accounts apart',
    what: 'x-profile-id of strangers, and with keys that may not send it, on every operation of /v3',
    tried,
    survived,
  });
});

test('below the Platform API, an id of another kind or of another account names nothing', async () => {
  const { profile, user } = tenancy.tenants;
  const before = await contentOf(tenancy.api.db);
  let tried = 0;
  let survived = 0;
  const different: string[] = [];
  for (const operation of platformOperations().filter(({ pathParameters }) =>
    pathParameters.includes('id'),
  )) {
    const isEvent = operation.path.startsWith('/platform/v1/events/');
    const misplaced = idsOf(user).filter((id) =>
      isEvent ? !user.eventIds.includes(id) : id !== user.accountId,
    );
    const nested = operation.pathParameters.includes('key_id');
    const cases = nested
      ? [...idsOf(profile), ...misplaced.filter((id) => id !== user.keyId)].map((id) => ({
          id: user.accountId,
          key_id: id,
        }))
      : misplaced.map((id) => ({ id }));
    const nobodys = await tenancy.call(operation, {
      key: platformKey,
      ids: nested ? { id: user.accountId, key_id: randomUUID() } : { id: randomUUID() },
    });
    expect([operation.id, nobodys.status]).toEqual([operation.id, 404]);
    for (const ids of cases) {
      tried++;
      const answer = bytesOf(await tenancy.call(operation, { key: platformKey, ids }));
      if (answer === bytesOf(nobodys)) survived++;
      else different.push(`${operation.id} ${JSON.stringify(ids)}: ${answer}`);
    }
  }
  expect(await contentOf(tenancy.api.db)).toEqual(before);
  expect(different).toEqual([]);
  await recordFigure({
    topic: 'Accounts apart',
    what: 'misplaced ids on every operation of the Platform API that takes one',
    tried,
    survived,
  });
});
