import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyTail, deliveredBody } from '../../src/domain/body.ts';

const timestamp = new Date('2026-01-15T10:35:00.987Z');

describe('body', () => {
  test('a delivered body is the one of the contract', () => {
    const tail = bodyTail({
      name: 'message.delivered',
      timestamp,
      requestId: null,
      payload: '{"channel":"sms"}',
    });
    expect(deliveredBody('message', tail)).toBe(
      '{"field":"message","event":"message.delivered","sub_type":"message.delivered","timestamp":"2026-01-15T10:35:00Z","request_id":null,"payload":{"channel":"sms"}}',
    );
  });

  test('a parent-level event has neither event nor sub_type', () => {
    const tail = bodyTail({ name: 'templates', timestamp, requestId: 'req_1', payload: '{}' });
    expect(deliveredBody('templates', tail)).toBe(
      '{"field":"templates","timestamp":"2026-01-15T10:35:00Z","request_id":"req_1","payload":{}}',
    );
  });

  test('the payload stands in it byte for byte', () => {
    const payload = '{ "b":1.10,\n"a" : 12345678901234567890, "b":"\\u00e9" }';
    const tail = bodyTail({ name: 'message.sent', timestamp, requestId: null, payload });
    expect(deliveredBody('messages', tail)).toContain(`"payload":${payload}}`);
  });

  test('it is JSON whatever the request id and the payload hold', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (requestId, payload) => {
          const text = JSON.stringify(payload);
          const tail = bodyTail({ name: 'message.sent', timestamp, requestId, payload: text });
          const body: unknown = JSON.parse(deliveredBody('message', tail));
          expect(body).toMatchObject({ field: 'message', request_id: requestId });
          expect(body).toHaveProperty('payload', JSON.parse(text));
        },
      ),
    );
  });
});
