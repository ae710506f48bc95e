import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Member, startApi, type TestApi } from './harness.ts';

const meKeys = [
  'type',
  'id',
  'organization_id',
  'name',
  'short_name',
  'email',
  'icon',
  'description',
  'created_at',
  'channels',
  'status',
  'settings',
  'profiles',
];

let api: TestApi;
let organization: Member;
let profile: Member;

beforeAll(async () => {
  api = await startApi();
  organization = await api.member('organization');
  profile = await api.member('profile', organization.account.id);
});
afterAll(() => api.close());

const me = async (key: string, headers: Record<string, string> = {}) =>
  (await api.call('GET', '/v3/me', { key, headers })).json.data;

describe('GET /v3/me', () => {
  test('answers an organization with its profiles', async () => {
    const data = await me(organization.key);
    expect(Object.keys(data)).toEqual(meKeys);
    expect(data).toMatchObject({
      type: 'organization',
      id: organization.account.id,
      organization_id: null,
      status: null,
      settings: null,
    });
    expect(data.created_at).toMatch(/\+00:00$/);
    expect(data.profiles).toHaveLength(1);
    expect(data.profiles[0]).toMatchObject({ id: profile.account.id, name: 'A profile', status: 'approved' });
  });

  test('answers a profile with its organization, status and settings, also to a scoped call', async () => {
    const data = await me(profile.key);
    expect(data).toMatchObject({
      type: 'profile',
      organization_id: organization.account.id,
      status: 'approved',
      profiles: [],
    });
    expect(data.settings.allow_contact_sharing).toBe(false);
    expect(await me(organization.key, { 'x-profile-id': profile.account.id })).toEqual(data);
  });

  test('shows every channel as not configured', async () => {
    const { channels, type, profiles } = await me((await api.member('user')).key);
    expect(type).toBe('user');
    expect(profiles).toEqual([]);
    expect(channels).toEqual({
      sms: { configured: false, phone_number: null },
      whatsapp: { configured: false, phone_number: null, business_name: null },
      rcs: { configured: false, phone_number: null },
    });
  });
});
