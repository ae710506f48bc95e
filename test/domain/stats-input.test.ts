import { describe, expect, test } from 'vitest';
import { parseStatsQuery, parseStatsRange, parseWebhookStatsQuery } from '../../src/domain/stats-input.ts';

const id = 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8';

describe('statistics', () => {
  test.each([undefined, {}, { range: '', webhook_id: '' }, { unknown: 'x' }])(
    'of %j are those of all webhooks for 24 hours',
    (query) => {
      expect(parseStatsQuery(query)).toEqual({ ok: true, value: { range: '24h', webhookId: null } });
      expect(parseStatsRange(query)).toEqual({ ok: true, value: { range: '24h' } });
    },
  );

  test.each(['1h', '24h', '7d', '30d'])('can be had of %s', (range) => {
    expect(parseStatsQuery({ range, webhook_id: id })).toEqual({ ok: true, value: { range, webhookId: id } });
  });

  test('everything that is wrong is reported', () => {
    expect(parseStatsQuery({ range: '2h', webhook_id: '1' })).toEqual({
      ok: false,
      error: [
        { field: 'range', message: 'Range must be one of 1h, 24h, 7d, 30d' },
        { field: 'webhook_id', message: 'Webhook ID must be a UUID' },
      ],
    });
    expect(parseStatsQuery({ range: ['1h', '1h'], webhook_id: [id, id] }).ok).toBe(false);
  });
});

describe('webhooks with their statistics', () => {
  test('are the newest of any health when nothing is asked', () => {
    const value = { range: '24h', page: 1, pageSize: 20, search: null, health: null, sort: 'newest' };
    expect(parseWebhookStatsQuery({})).toEqual({ ok: true, value });
    expect(parseWebhookStatsQuery({ range: '', search: '', health: '', sort: '' })).toEqual({
      ok: true,
      value,
    });
  });

  test('can be narrowed and sorted', () => {
    expect(
      parseWebhookStatsQuery({
        range: '7d',
        page: '2',
        page_size: '50',
        search: 'shop',
        health: 'disabled',
        sort: 'failing',
      }),
    ).toEqual({
      ok: true,
      value: { range: '7d', page: 2, pageSize: 50, search: 'shop', health: 'disabled', sort: 'failing' },
    });
  });

  test('everything that is wrong is reported', () => {
    const result = parseWebhookStatsQuery({
      range: 'x',
      page: '0',
      page_size: '0',
      search: 'a\0',
      health: 'ill',
      sort: 'name',
    });
    expect(result.ok ? [] : result.error.map(({ message }) => message)).toEqual([
      'Range must be one of 1h, 24h, 7d, 30d',
      'Page must be 1 or greater',
      'Page size must be between 1 and 100',
      'Search must be a single string without NUL characters',
      'Health must be one of active, failing, disabled',
      'Sort must be one of newest, failing',
    ]);
  });
});
