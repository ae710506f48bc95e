import { describe, expect, test } from 'vitest';
import { parseAccountChange, parseNewAccount, parseNewApiKey } from '../../src/domain/account-input.ts';
import type { Issues } from '../../src/domain/issue.ts';
import type { Result } from '../../src/domain/result.ts';

const organizationId = '019b0000-0000-7000-8000-00000000000a';
const nowMs = Date.UTC(2026, 0, 15);
const messages = (result: Result<unknown, Issues>) =>
  result.ok ? [] : result.error.map((issue) => issue.message);
const fields = (result: Result<unknown, Issues>) =>
  result.ok ? [] : result.error.map((issue) => issue.field);

describe('new account', () => {
  test.each(['organization', 'user'])('a new %s stands alone', (type) => {
    expect(parseNewAccount({ type, name: 'Acme', email: 'ops@acme.example' })).toEqual({
      ok: true,
      value: { type, name: 'Acme', organizationId: null, email: 'ops@acme.example' },
    });
    expect(messages(parseNewAccount({ type, name: 'Acme', organization_id: organizationId }))).toEqual([
      'Organization ID is only allowed for a profile',
    ]);
  });

  test('a new profile belongs to an organization', () => {
    expect(
      parseNewAccount({ type: 'profile', name: 'Shop', organization_id: organizationId.toUpperCase() }),
    ).toEqual({ ok: true, value: { type: 'profile', name: 'Shop', organizationId, email: null } });
    expect(messages(parseNewAccount({ type: 'profile', name: 'Shop' }))).toEqual([
      'Organization ID is required for a profile',
    ]);
    for (const organization_id of ['acme', 5]) {
      expect(messages(parseNewAccount({ type: 'profile', name: 'Shop', organization_id }))).toEqual([
        'Organization ID must be a UUID',
      ]);
    }
  });

  test('every wrong field is reported', () => {
    expect(parseNewAccount({ type: 'team', name: 'a'.repeat(256), email: 5 })).toEqual({
      ok: false,
      error: [
        { field: 'type', message: 'Type must be one of organization, profile, user' },
        { field: 'name', message: 'Name must be between 1 and 255 characters' },
        { field: 'email', message: 'Email must be a string' },
      ],
    });
    expect(fields(parseNewAccount({}))).toEqual(['type', 'name']);
    expect(fields(parseNewAccount('Acme'))).toEqual(['body']);
  });
});

describe('account change', () => {
  test('only what is present changes', () => {
    expect(parseAccountChange({ name: 'New' })).toEqual({ ok: true, value: { name: 'New' } });
    expect(parseAccountChange({ status: 'suspended', email: null })).toEqual({
      ok: true,
      value: { status: 'suspended', email: null },
    });
  });

  test('a change of nothing is refused', () => {
    for (const body of [{}, { type: 'user' }]) {
      expect(messages(parseAccountChange(body))).toEqual([
        'At least one of name, email and status is required',
      ]);
    }
    expect(fields(parseAccountChange(null))).toEqual(['body']);
  });

  test('every wrong field is reported', () => {
    expect(messages(parseAccountChange({ name: null, email: '', status: 'closed' }))).toEqual([
      'Name is required',
      'Email is required',
      'Status must be one of active, suspended',
    ]);
  });
});

describe('new API key', () => {
  test('name and expiry may be absent', () => {
    for (const body of [undefined, {}, { name: null, expires_at: null }]) {
      expect(parseNewApiKey(body, nowMs)).toEqual({ ok: true, value: { name: null, expiresAt: null } });
    }
    expect(parseNewApiKey({ name: 'ci', expires_at: '2026-02-01T00:00:00Z' }, nowMs)).toEqual({
      ok: true,
      value: { name: 'ci', expiresAt: new Date('2026-02-01T00:00:00Z') },
    });
  });

  test('a name has at most 255 characters', () => {
    expect(parseNewApiKey({ name: 'a'.repeat(255) }, nowMs).ok).toBe(true);
    expect(messages(parseNewApiKey({ name: 'a'.repeat(256) }, nowMs))).toEqual([
      'Name must be between 1 and 255 characters',
    ]);
  });

  test('a key must expire in the future', () => {
    for (const expires_at of ['2026-01-15T00:00:00Z', '2020-01-01']) {
      expect(messages(parseNewApiKey({ expires_at }, nowMs))).toEqual(['Expires at must be in the future']);
    }
    expect(parseNewApiKey({ expires_at: '2026-01-15T00:00:00.001Z' }, nowMs).ok).toBe(true);
  });

  test('every wrong field is reported', () => {
    expect(fields(parseNewApiKey({ name: 5, expires_at: 1768473300 }, nowMs))).toEqual([
      'name',
      'expires_at',
    ]);
    expect(fields(parseNewApiKey([], nowMs))).toEqual(['body']);
  });
});
