/** Two organizations, their profiles and a user, each with something of every kind that another must not see. */
import { randomBytes } from 'node:crypto';
import type { AccountType } from '../../src/domain/account.ts';
import { newId } from '../../src/domain/identifier.ts';
import { platformKey, type TestApi } from '../api/harness.ts';
import { attemptAll } from './deliveries.ts';

export interface Tenant {
  /** Stands in everything that the tenant calls something. */
  readonly mark: string;
  readonly accountId: string;
  readonly organizationId: string | null;
  readonly key: string;
  readonly keyId: string;
  readonly webhookId: string;
  /** The first is delivered. */
  readonly eventIds: readonly string[];
  readonly deliveryIds: readonly string[];
  readonly secret: string;
}

export interface Tenants {
  readonly organization: Tenant;
  readonly profile: Tenant;
  readonly sibling: Tenant;
  readonly otherOrganization: Tenant;
  readonly otherProfile: Tenant;
  readonly user: Tenant;
}

export async function makeTenants(api: TestApi): Promise<Tenants> {
  const organization = await makeTenant(api, 'organization', null);
  const otherOrganization = await makeTenant(api, 'organization', null);
  return {
    organization,
    profile: await makeTenant(api, 'profile', organization.accountId),
    sibling: await makeTenant(api, 'profile', organization.accountId),
    otherOrganization,
    otherProfile: await makeTenant(api, 'profile', otherOrganization.accountId),
    user: await makeTenant(api, 'user', null),
  };
}

async function makeTenant(api: TestApi, type: AccountType, organizationId: string | null): Promise<Tenant> {
  const mark = `mark${randomBytes(8).toString('hex')}`;
  const platform = async (path: string, body: unknown) =>
    (await api.call('POST', `/platform/v1${path}`, { key: platformKey, body })).json.data;
  const account = await platform('/accounts', {
    type,
    name: mark,
    email: `${mark}@example.com`,
    organization_id: organizationId,
  });
  const apiKey = await platform(`/accounts/${account.id}/api-keys`, { name: mark });
  const webhook = (
    await api.call('POST', '/v3/webhooks', {
      key: apiKey.key,
      body: { display_name: mark, endpoint_url: `https://${mark}.example.com/`, event_types: ['message'] },
    })
  ).json.data;
  const publish = async () => {
    const event = {
      account_id: account.id,
      event: 'message.sent',
      id: mark + newId(Date.now()),
      payload: { mark },
    };
    return (await platform('/events', event)).events[0].id;
  };
  const delivered = await publish();
  await attemptAll(api.db);
  const eventIds = [delivered, await publish()];
  const log = await api.call('GET', `/v3/webhooks/${webhook.id}/events`, { key: apiKey.key });
  return {
    mark,
    accountId: account.id,
    organizationId,
    key: apiKey.key,
    keyId: apiKey.id,
    webhookId: webhook.id,
    eventIds,
    deliveryIds: log.json.data.events.map(({ id }: { id: string }) => id),
    secret: webhook.signing_secret,
  };
}

/** Everything by which an answer could give the tenant away. */
export function tracesOf(tenant: Tenant): readonly string[] {
  const { mark, accountId, key, keyId, webhookId, eventIds, deliveryIds, secret } = tenant;
  return [mark, accountId, key, keyId, webhookId, secret, ...eventIds, ...deliveryIds];
}
