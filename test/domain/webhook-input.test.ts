import { describe, expect, test } from 'vitest';
import type { Issues } from '../../src/domain/issue.ts';
import type { Result } from '../../src/domain/result.ts';
import { parseRotate, parseTest, parseToggle, parseWebhookInput } from '../../src/domain/webhook-input.ts';
import { eventType, startingCatalogue } from './starting-catalogue.ts';

const minimal = {
  display_name: 'Order Notifications',
  endpoint_url: 'https://example.com/webhooks/orders',
  event_types: ['messages', 'templates'],
};
const parse = (changes: object, rules = { requireHttps: false }) =>
  parseWebhookInput({ ...minimal, ...changes }, startingCatalogue, rules);

function issuesOf(result: Result<unknown, Issues>): Issues | null {
  return result.ok ? null : result.error;
}
function messageOf(result: Result<unknown, Issues>): string | undefined {
  return issuesOf(result)?.[0].message;
}
const notAnObject = [{ field: 'body', message: 'The request body must be a JSON object' }];

describe('webhook input', () => {
  test("the public page's own body is accepted", () => {
    const body = { ...minimal, retry_count: 3, timeout_seconds: 30, sandbox: false };
    expect(parseWebhookInput(body, startingCatalogue, { requireHttps: true })).toEqual({
      ok: true,
      value: {
        displayName: 'Order Notifications',
        endpointUrl: 'https://example.com/webhooks/orders',
        eventTypes: ['messages', 'templates'],
        retryCount: 3,
        timeoutSeconds: 30,
        sandbox: false,
      },
    });
  });

  test('what may be absent is absent from the value, null included, and unknown fields are ignored', () => {
    const result = parse({ retry_count: null, timeout_seconds: null, sandbox: null, colour: 'red' });
    expect(result.ok && Object.keys(result.value)).toEqual([
      'displayName',
      'endpointUrl',
      'eventTypes',
      'sandbox',
    ]);
  });

  test('every wrong field is reported, in the order of the public API', () => {
    const body = {
      sandbox: 'yes',
      timeout_seconds: 4,
      retry_count: 0,
      event_filters: [],
      event_types: [],
      endpoint_url: 'ftp://example.com',
      display_name: '',
    };
    expect(issuesOf(parseWebhookInput(body, startingCatalogue, { requireHttps: false }))).toEqual([
      { field: 'display_name', message: 'Display name is required' },
      { field: 'endpoint_url', message: 'Endpoint URL must be a valid HTTP or HTTPS URL' },
      { field: 'event_types', message: 'Event types must contain at least one event type' },
      {
        field: 'event_filters',
        message: 'Event filters must be an object such as {"message":["delivered","failed"]}',
      },
      { field: 'retry_count', message: 'Retry count must be between 1 and 5' },
      { field: 'timeout_seconds', message: 'Timeout seconds must be between 5 and 120' },
      { field: 'sandbox', message: 'Sandbox must be true or false' },
    ]);
  });

  test.each([undefined, null, 'text', 5, [minimal]])('a body that is %j is refused as a whole', (body) => {
    expect(issuesOf(parseWebhookInput(body, startingCatalogue, { requireHttps: false }))).toEqual(
      notAnObject,
    );
  });

  test.each<[unknown, string | undefined]>([
    [undefined, 'Display name is required'],
    [null, 'Display name is required'],
    ['  \t', 'Display name is required'],
    [5, 'Display name must be a string'],
    ['a'.repeat(256), 'Display name must be between 1 and 255 characters'],
    ['a\0', 'Display name must not contain NUL or half a surrogate pair'],
    ['\ud83c', 'Display name must not contain NUL or half a surrogate pair'],
    ['a'.repeat(255), undefined],
    ['🎉'.repeat(255), undefined],
    [' a ', undefined],
  ])('display_name %j', (display_name, message) => {
    expect(messageOf(parse({ display_name }))).toBe(message);
  });

  test.each(['retry_count', 'timeout_seconds'])('%s must be a real integer', (field) => {
    for (const value of ['5', 5.5, Number.NaN, true, [5], {}]) {
      expect(messageOf(parse({ [field]: value }))).toMatch(/must be between \d and \d+$/);
    }
  });

  test('the ends of both ranges are inside', () => {
    for (const [retry_count, timeout_seconds] of [
      [1, 5],
      [5, 120],
    ]) {
      expect(parse({ retry_count, timeout_seconds }).ok).toBe(true);
    }
    expect(parse({ retry_count: 6 }).ok).toBe(false);
    expect(parse({ timeout_seconds: 121 }).ok).toBe(false);
  });

  test('a sandbox call says so', () => {
    const result = parse({ sandbox: true });
    expect(result.ok && result.value.sandbox).toBe(true);
  });
});

describe('endpoint URL', () => {
  const check = (endpoint_url: unknown, requireHttps = false) =>
    messageOf(parse({ endpoint_url }, { requireHttps }));
  const invalid = 'Endpoint URL must be a valid HTTP or HTTPS URL';

  test.each([
    'http://example.com',
    'HTTPS://Example.COM:8443/a%20b?q=1#part',
    'http://127.0.0.1:9000/hook',
    'http://[::1]:9000/',
    'https://bücher.example/straße',
    'https://example.com/@user',
    'https://example.com/a b',
    `https://example.com/${'a'.repeat(2028)}`,
  ])('%s is accepted as it is', (url) => {
    const result = parse({ endpoint_url: url });
    expect(result.ok && result.value.endpointUrl).toBe(url);
  });

  test.each([
    undefined,
    null,
    5,
    '',
    'example.com',
    '/hook',
    'ftp://example.com',
    'http:example.com',
    'http:/example.com',
    'http:///example.com',
    'http:\\\\example.com',
    'http://',
    'http://?a',
    'http://:80/',
    'http://example.com:99999/',
    'http://exa mple.com/',
    'http://1.2.3.4.5.256/',
    ' https://example.com',
    'https://example.com\n',
    'https://example.com/a ',
    'https://example.com/a\u0085',
    'https://exam\tple.com',
    'https://example.com/\0',
    'https://example.com/\ud83c',
    'javascript:alert(1)',
  ])('%j is no valid URL', (url) => {
    expect(check(url)).toBe(invalid);
  });

  test.each([
    'https://user:password@example.com',
    'https://user@example.com',
    'https://@example.com',
    'http://:p@a.b/',
  ])('%s carries credentials and is refused', (url) => {
    expect(check(url)).toBe('Endpoint URL must not contain a username or password');
  });

  test('more than 2048 characters are too many', () => {
    expect(check(`https://example.com/${'a'.repeat(2029)}`)).toBe(
      'Endpoint URL must be at most 2048 characters',
    );
  });

  test('where HTTPS is required, HTTP is no valid URL', () => {
    expect(check('http://example.com', true)).toBe('Endpoint URL must be a valid HTTPS URL');
    expect(check('nonsense', true)).toBe('Endpoint URL must be a valid HTTPS URL');
    expect(check('https://example.com', true)).toBeUndefined();
  });
});

describe('subscription', () => {
  const parents = 'message, messages, templates, contact, channel, call, link';

  test.each<[unknown, string]>([
    [undefined, 'Event types must contain at least one event type'],
    ['message', 'Event types must contain at least one event type'],
    [['message', 'mesage'], `Event types must be one of ${parents}; "mesage" is not`],
    [[5], `Event types must be one of ${parents}; 5 is not`],
    [[null], `Event types must be one of ${parents}; null is not`],
    [
      ['message.delivered'],
      `Event types must be one of ${parents}, not the dotted name "message.delivered"; choose among its events with event_filters`,
    ],
  ])('event_types %j are refused', (event_types, message) => {
    expect(messageOf(parse({ event_types }))).toBe(message);
  });

  test("a client's own long words do not fill the answer", () => {
    expect(messageOf(parse({ event_types: ['x'.repeat(5000)] }))?.length).toBeLessThan(300);
  });

  test('an inactive event type cannot be subscribed to', () => {
    const catalogue = startingCatalogue.map((type) =>
      type.name === 'link' || type.name === 'message.read' ? { ...type, isActive: false } : type,
    );
    const rules = { requireHttps: false };
    expect(parseWebhookInput({ ...minimal, event_types: ['link'] }, catalogue, rules).ok).toBe(false);
    const filtered = { ...minimal, event_filters: { messages: ['read'] } };
    expect(messageOf(parseWebhookInput(filtered, catalogue, rules))).toContain('"read" is not');
  });

  test.each<[unknown, unknown]>([
    [null, null],
    [{}, null],
    [{ messages: ['delivered', 'failed'] }, { messages: ['delivered', 'failed'] }],
    [{ message: ['sent'] }, { message: ['sent'] }],
  ])('event_filters %j are taken as %j', (event_filters, expected) => {
    const result = parse({ event_filters });
    expect(result.ok && result.value.eventFilters).toEqual(expected);
  });

  test.each<[unknown, string]>([
    ['all', 'Event filters must be an object such as {"message":["delivered","failed"]}'],
    [
      { contact: ['opt_in'] },
      'Event filters must only filter subscribed event types (messages, templates); "contact" is not',
    ],
    [
      { contact: [], message: 5 },
      'Event filters must only filter subscribed event types (messages, templates); "contact" is not',
    ],
    [
      { messages: ['delivered', 'eaten'] },
      'Event filters for messages must be a list of queued, routed, sent, delivered, read, failed, received, filtered, blocked, scheduled; "eaten" is not',
    ],
    [
      { messages: [] },
      'Event filters for "messages" must name at least one event; leave it out to get all of them',
    ],
    [
      { templates: ['approved'] },
      'Event filters cannot choose among the events of templates: it has no children',
    ],
  ])('event_filters %j are refused', (event_filters, message) => {
    expect(issuesOf(parse({ event_filters }))).toEqual([{ field: 'event_filters', message }]);
  });

  test('a suffix list that is no list is refused', () => {
    expect(messageOf(parse({ event_filters: { message: 'sent' } }))).toMatch(/; "sent" is not$/);
    expect(messageOf(parse({ event_filters: { message: ['message.sent'] } }))).toMatch(
      /; "message.sent" is not$/,
    );
  });

  test('filters are not blamed for event types that were refused', () => {
    expect(issuesOf(parse({ event_types: ['mesage'], event_filters: { message: ['sent'] } }))).toHaveLength(
      1,
    );
    expect(issuesOf(parse({ event_types: ['mesage'], event_filters: { mesage: ['sent'] } }))).toHaveLength(2);
  });

  test('a key that objects inherit is no event type', () => {
    const filters: unknown = JSON.parse('{"__proto__":["sent"],"constructor":[]}');
    expect(messageOf(parse({ event_filters: filters }))).toContain('"__proto__" is not');
  });
});

describe('actions on a webhook', () => {
  test('toggling needs is_active', () => {
    expect(parseToggle({ is_active: false })).toEqual({
      ok: true,
      value: { isActive: false, sandbox: false },
    });
    expect(parseToggle({ is_active: true, sandbox: true })).toEqual({
      ok: true,
      value: { isActive: true, sandbox: true },
    });
    for (const is_active of [undefined, null, 'true', 1]) {
      const message = 'Is active must be true or false';
      expect(issuesOf(parseToggle({ is_active }))).toEqual([{ field: 'is_active', message }]);
    }
    expect(issuesOf(parseToggle(undefined))).toEqual(notAnObject);
  });

  test('rotating needs no body and has no overlap unless asked for', () => {
    const none = { ok: true, value: { overlapSeconds: 0, sandbox: false } };
    for (const body of [undefined, null, {}, { sandbox: false, overlap_seconds: null }]) {
      expect(parseRotate(body)).toEqual(none);
    }
    expect(parseRotate({ overlap_seconds: 604_800, sandbox: true })).toEqual({
      ok: true,
      value: { overlapSeconds: 604_800, sandbox: true },
    });
    for (const overlap_seconds of [0, 604_801, '60', 1.5]) {
      expect(messageOf(parseRotate({ overlap_seconds }))).toBe(
        'Overlap seconds must be between 1 and 604800',
      );
    }
    expect(issuesOf(parseRotate('now'))).toEqual(notAnObject);
  });

  test('a test names an event of the catalogue, dotted or parent, also by an alias', () => {
    for (const event_type of ['message', 'message.delivered', 'messages', 'messages.sent', 'templates']) {
      expect(parseTest({ event_type }, startingCatalogue)).toEqual({
        ok: true,
        value: { eventType: event_type, sandbox: false },
      });
    }
  });

  test.each([undefined, null, ''])('a test without an event type (%j) is refused', (event_type) => {
    expect(issuesOf(parseTest({ event_type }, startingCatalogue))).toEqual([
      { field: 'event_type', message: 'Event type is required' },
    ]);
  });

  test('a test of an unknown or inactive event type is refused with those that are known', () => {
    const catalogue = [
      eventType('message'),
      eventType('message.sent'),
      eventType('link', { isActive: false }),
    ];
    for (const event_type of ['link', 'message.read', 'message.', '.message', 5]) {
      const message = `Event type must be one of message, message.sent; ${JSON.stringify(event_type)} is not`;
      expect(messageOf(parseTest({ event_type }, catalogue))).toBe(message);
    }
    expect(issuesOf(parseTest([], catalogue))).toEqual(notAnObject);
  });
});
