import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deliveredBody } from '../../src/domain/body.ts';
import { batchEventsMax, eventBytesMax, parsePublish } from '../../src/domain/event-input.ts';
import { eventTexts } from '../../src/domain/json-span.ts';
import { eventType, startingCatalogue } from './starting-catalogue.ts';

const accountId = '019b0000-0000-7000-8000-00000000000a';
const minimal = { account_id: accountId, event: 'message.delivered', payload: { channel: 'sms' } };
const catalogue = new Map(
  [
    ...startingCatalogue.filter((type) => type.name !== 'link.revoked'),
    eventType('link.revoked', { isActive: false }),
    eventType('invoice', { schema: { type: 'object' } }),
  ].map((type) => [type.name, type]),
);

function publishText(json: string) {
  let made = 0;
  const context = {
    catalogue,
    validatePayload: () => ['payload/amount must be number', 'payload/due must be string'],
    nowMs: Date.UTC(2026, 0, 15, 10, 35, 0),
    newId: () => `event-${++made}`,
  };
  return parsePublish(JSON.parse(json), eventTexts(json), context);
}
const publish = (body: unknown) => publishText(JSON.stringify(body));

function messageOf(body: unknown): string {
  const result = publish(body);
  if (result.ok) return 'accepted';
  return result.error.kind === 'invalid'
    ? result.error.issues.map((issue) => issue.message).join('; ')
    : 'too large';
}
function nameOf(body: unknown): string {
  const result = publish(body);
  return result.ok ? (result.value[0]?.name ?? 'none') : messageOf(body);
}

describe('publishing', () => {
  test('one event becomes one with the time of publishing and its payload as written', () => {
    const json = `{"payload": {"b":1.10, "a":2},"account_id":"${accountId.toUpperCase()}","event":"message.delivered"}`;
    expect(publishText(json)).toEqual({
      ok: true,
      value: [
        {
          id: 'event-1',
          accountId,
          name: 'message.delivered',
          producerId: null,
          bodyTail:
            '"event":"message.delivered","sub_type":"message.delivered","timestamp":"2026-01-15T10:35:00Z","request_id":null,"payload":{"b":1.10, "a":2}}',
        },
      ],
    });
  });

  test('what is optional is taken over', () => {
    const optional = { id: 'a:B_1.-', timestamp: '2026-01-14T23:00:00.5-02:00', request_id: 'req_1' };
    const result = publish({ ...minimal, ...optional });
    expect(result.ok && result.value[0]).toMatchObject({
      producerId: 'a:B_1.-',
      bodyTail: expect.stringContaining('"timestamp":"2026-01-15T01:00:00Z","request_id":"req_1","payload"'),
    });
    expect(publish({ ...minimal, id: null, timestamp: null, request_id: null })).toEqual(publish(minimal));
  });

  test('a list of events is accepted in its order, one id each', () => {
    const second = { ...minimal, event: 'templates', payload: { second: true } };
    const result = publish({ events: [minimal, second] });
    expect(result.ok && result.value.map(({ id, name }) => [id, name])).toEqual([
      ['event-1', 'message.delivered'],
      ['event-2', 'templates'],
    ]);
    expect(result.ok && result.value[1]?.bodyTail).toContain('"payload":{"second":true}}');
  });

  test('one wrong item refuses the whole list and every problem is named by its place', () => {
    const items = [minimal, { ...minimal, event: 'message.eaten', id: 'ä' }, minimal, 5, { payload: {} }];
    const known = 'GET /platform/v1/event-types lists the names that can be published';
    expect(publish({ events: items })).toEqual({
      ok: false,
      error: {
        kind: 'invalid',
        issues: [
          { field: 'events[1].event', message: `Event "message.eaten" is not in the catalogue; ${known}` },
          {
            field: 'events[1].id',
            message: 'ID must be 1 to 255 characters of A-Z, a-z, 0-9, "_", ".", ":" and "-"',
          },
          { field: 'events[3]', message: 'Event must be a JSON object' },
          { field: 'events[4].account_id', message: 'Account ID is required' },
          { field: 'events[4].event', message: 'Event is required' },
        ],
      },
    });
  });

  test('a single event names its fields plainly', () => {
    const result = publish({});
    const fields =
      !result.ok && result.error.kind === 'invalid' && result.error.issues.map((issue) => issue.field);
    expect(fields).toEqual(['account_id', 'event', 'payload']);
  });

  test.each([null, 5, 'text', [minimal]])('a body that is %j is refused as a whole', (body) => {
    expect(messageOf(body)).toBe('The request body must be a JSON object');
  });

  test('a list holds 1 to 1000 events', () => {
    expect(publish({ events: Array(batchEventsMax).fill(minimal) }).ok).toBe(true);
    for (const events of [[], Array(batchEventsMax + 1).fill(minimal), minimal, null]) {
      expect(messageOf({ events })).toBe('Events must be a list of 1 to 1000 events');
    }
  });

  test.each<[object, string]>([
    [{ account_id: 'acme' }, 'Account ID must be a UUID'],
    [{ account_id: 5 }, 'Account ID must be a UUID'],
    [{ account_id: null }, 'Account ID is required'],
    [{ payload: null }, 'Payload must be a JSON object'],
    [{ payload: [] }, 'Payload must be a JSON object'],
    [{ payload: 'text' }, 'Payload must be a JSON object'],
    [{ payload: undefined }, 'Payload is required'],
    [{ id: '' }, 'ID must be 1 to 255 characters of A-Z, a-z, 0-9, "_", ".", ":" and "-"'],
    [{ id: 'a'.repeat(256) }, 'ID must be 1 to 255 characters of A-Z, a-z, 0-9, "_", ".", ":" and "-"'],
    [{ id: 'a\n' }, 'ID must be 1 to 255 characters of A-Z, a-z, 0-9, "_", ".", ":" and "-"'],
    [{ id: 5 }, 'ID must be 1 to 255 characters of A-Z, a-z, 0-9, "_", ".", ":" and "-"'],
    [{ timestamp: 1768473300 }, 'Timestamp must be an ISO 8601 date such as 2026-01-15T10:30:00Z'],
    [{ request_id: 5 }, 'Request ID must be a string of at most 255 characters'],
    [{ request_id: 'a'.repeat(256) }, 'Request ID must be a string of at most 255 characters'],
    [{ id: 'a'.repeat(255), request_id: 'a'.repeat(255) }, 'accepted'],
  ])('%j', (changes, message) => {
    expect(messageOf({ ...minimal, ...changes })).toBe(message);
  });
});

describe('the name of a published event', () => {
  const nameless = { account_id: accountId, payload: {} };

  test.each<[object, string]>([
    [{ event: 'message.sent' }, 'message.sent'],
    [{ event: 'messages.sent' }, 'message.sent'],
    [{ event: 'messages' }, 'message'],
    [{ event: 'templates' }, 'templates'],
    [{ field: 'message', sub_type: 'sent' }, 'message.sent'],
    [{ field: 'messages', sub_type: 'message.sent' }, 'message.sent'],
    [{ field: 'message', sub_type: 'messages.sent' }, 'message.sent'],
    [{ field: 'templates' }, 'templates'],
    [{ field: 'templates', sub_type: null }, 'templates'],
    [{ event: 'call.answered', field: 'link', sub_type: 'clicked' }, 'call.answered'],
  ])('%j means %s', (names, expected) => {
    expect(nameOf({ ...nameless, ...names })).toBe(expected);
  });

  test.each<[object, string]>([
    [{}, 'Event is required'],
    [{ event: '' }, 'Event is required'],
    [{ event: null }, 'Event is required'],
    [{ sub_type: 'sent' }, 'Event is required'],
    [{ event: 5 }, 'Event 5 is not in the catalogue'],
    [{ field: 5, sub_type: 'sent' }, 'Event 5 is not in the catalogue'],
    [{ field: 'message', sub_type: 5 }, 'Event "message.5" is not in the catalogue'],
    [{ field: 'message', sub_type: 'contact.help' }, 'Event "message.contact.help" is not in the catalogue'],
    [{ event: 'link.revoked' }, 'Event "link.revoked" is not active'],
    [{ event: '__proto__' }, 'Event "__proto__" is not in the catalogue'],
  ])('%j is refused', (names, expected) => {
    expect(nameOf({ ...nameless, ...names })).toContain(expected);
  });
});

describe('the payload of a published event', () => {
  test('it must satisfy the schema of its type, and each complaint is an issue', () => {
    const result = publish({ events: [{ ...minimal, event: 'invoice' }] });
    const rule = 'Payload does not satisfy the schema of invoice';
    expect(result).toEqual({
      ok: false,
      error: {
        kind: 'invalid',
        issues: [
          { field: 'events[0].payload', message: `${rule}: payload/amount must be number` },
          { field: 'events[0].payload', message: `${rule}: payload/due must be string` },
        ],
      },
    });
  });

  test('one that is no object is not held against the schema too', () => {
    expect(messageOf({ ...minimal, event: 'invoice', payload: 5 })).toBe('Payload must be a JSON object');
  });

  test('a schema without complaints lets it pass', () => {
    const json = JSON.stringify({ ...minimal, event: 'invoice' });
    const context = { catalogue, validatePayload: () => [], nowMs: 0, newId: () => 'id' };
    expect(parsePublish(JSON.parse(json), eventTexts(json), context).ok).toBe(true);
  });

  test('an event may have 256 KiB and not one byte more, counted in UTF-8', () => {
    const frame = Buffer.byteLength(JSON.stringify({ ...minimal, payload: { text: '' } }));
    const sized = (bytes: number) => ({ ...minimal, payload: { text: `é${'a'.repeat(bytes - frame - 2)}` } });
    expect(publish(sized(eventBytesMax)).ok).toBe(true);
    expect(publish(sized(eventBytesMax + 1))).toEqual({
      ok: false,
      error: { kind: 'too-large', field: 'body' },
    });
    expect(publish({ events: [5, minimal, sized(eventBytesMax + 1)] })).toEqual({
      ok: false,
      error: { kind: 'too-large', field: 'events[2]' },
    });
  });

  test('whatever it holds, the delivered body carries it', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1 }), (payloads) => {
        const json = JSON.stringify({ events: payloads.map((payload) => ({ ...minimal, payload })) });
        const result = publishText(json);
        const bodies = result.ok ? result.value.map((event) => deliveredBody('message', event.bodyTail)) : [];
        const expected = payloads.map((payload) => JSON.stringify(payload));
        expect(bodies.map((body) => JSON.stringify(JSON.parse(body).payload))).toEqual(expected);
      }),
    );
  });
});
