import { describe, expect, test } from 'vitest';
import { parsePage } from '../../src/domain/query-check.ts';
import { parseWebhookEventsQuery, parseWebhookListQuery } from '../../src/domain/webhook-input.ts';

const firstPage = { page: 1, pageSize: 20 };

describe('page', () => {
  test.each([undefined, {}, { unknown: 'x' }])(
    'without parameters (%j) it is the first one of 20',
    (query) => {
      expect(parsePage(query)).toEqual({ ok: true, value: firstPage });
    },
  );

  test('any page and 1 to 100 items can be asked for', () => {
    expect(parsePage({ page: '2147483647', page_size: '100' })).toEqual({
      ok: true,
      value: { page: 2_147_483_647, pageSize: 100 },
    });
    expect(parsePage({ page_size: '1' }).ok).toBe(true);
  });

  test.each(['0', '-1', '1.5', 'two', '', ' 1', '1e3', '0x1', ['1', '2']])('page %j is refused', (page) => {
    expect(parsePage({ page })).toEqual({
      ok: false,
      error: [{ field: 'page', message: 'Page must be 1 or greater' }],
    });
  });

  test('a page that cannot be counted to is refused', () => {
    for (const page of ['2147483648', '9'.repeat(400)]) {
      expect(parsePage({ page })).toEqual({
        ok: false,
        error: [{ field: 'page', message: 'Page must be at most 2147483647' }],
      });
    }
  });

  test.each(['0', '101', '-5', 'all', '', '20.0', ['20', '30']])('page_size %j is refused', (page_size) => {
    expect(parsePage({ page_size })).toEqual({
      ok: false,
      error: [{ field: 'page_size', message: 'Page size must be between 1 and 100' }],
    });
  });

  test('both parameters are reported', () => {
    const result = parsePage({ page_size: 'x', page: 'x' });
    expect(result.ok ? [] : result.error.map((issue) => issue.field)).toEqual(['page', 'page_size']);
  });
});

describe('list of webhooks', () => {
  test('empty parameters mean absent', () => {
    const none = { ok: true, value: { ...firstPage, search: null, isActive: null } };
    expect(parseWebhookListQuery({})).toEqual(none);
    expect(parseWebhookListQuery(undefined)).toEqual(none);
    expect(parseWebhookListQuery({ search: '', is_active: '' })).toEqual(none);
  });

  test.each([
    ['true', true],
    ['false', false],
    ['True', true],
  ])('is_active=%s', (is_active, isActive) => {
    expect(parseWebhookListQuery({ is_active, search: ' a%' })).toEqual({
      ok: true,
      value: { ...firstPage, search: ' a%', isActive },
    });
  });

  test('what cannot be searched for is refused', () => {
    const result = parseWebhookListQuery({ is_active: '1', search: 'a\0' });
    expect(result).toEqual({
      ok: false,
      error: [
        { field: 'search', message: 'Search must be a single string without NUL characters' },
        { field: 'is_active', message: 'Is active must be true or false' },
      ],
    });
    expect(parseWebhookListQuery({ search: ['a', 'b'] }).ok).toBe(false);
    expect(parseWebhookListQuery({ is_active: ['true', 'true'] }).ok).toBe(false);
  });
});

describe('delivery log', () => {
  test('empty parameters mean absent', () => {
    const none = { ok: true, value: { ...firstPage, search: null, status: null, from: null, to: null } };
    expect(parseWebhookEventsQuery(undefined)).toEqual(none);
    expect(parseWebhookEventsQuery({ search: '', status: '', from: '', to: '' })).toEqual(none);
  });

  test('it can be narrowed by status and time', () => {
    const query = {
      search: 'delivered',
      status: 'retrying',
      from: '2026-01-15',
      to: '2026-01-15T10:30:00+02:00',
    };
    expect(parseWebhookEventsQuery(query)).toEqual({
      ok: true,
      value: {
        ...firstPage,
        search: 'delivered',
        status: 'retrying',
        from: new Date('2026-01-15T00:00:00Z'),
        to: new Date('2026-01-15T08:30:00Z'),
      },
    });
  });

  test('a time copied from an answer is understood although the query turned its plus into a space', () => {
    const result = parseWebhookEventsQuery({ from: '2026-01-15T10:30:00 00:00' });
    expect(result.ok && result.value.from).toEqual(new Date('2026-01-15T10:30:00Z'));
  });

  test('wrong parameters are all reported', () => {
    const result = parseWebhookEventsQuery({ status: 'done', from: 'monday', to: ['a'], page: '0' });
    const example = 'must be an ISO 8601 date such as 2026-01-15T10:30:00Z';
    expect(result).toEqual({
      ok: false,
      error: [
        { field: 'page', message: 'Page must be 1 or greater' },
        { field: 'status', message: 'Status must be one of pending, retrying, delivered, failed' },
        { field: 'from', message: `From ${example}` },
        { field: 'to', message: `To ${example}` },
      ],
    });
  });
});
