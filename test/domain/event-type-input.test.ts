import { describe, expect, test } from 'vitest';
import { parseEventType } from '../../src/domain/event-type-input.ts';

const messages = (name: string, body: unknown) => {
  const result = parseEventType(name, body);
  return result.ok ? [] : result.error.map((issue) => `${issue.field}: ${issue.message}`);
};

describe('event type', () => {
  test('an empty body makes an active type named after itself', () => {
    expect(parseEventType('contact.opt_in', {})).toEqual({
      ok: true,
      value: {
        name: 'contact.opt_in',
        parent: 'contact',
        displayName: 'Contact opt in',
        description: null,
        isActive: true,
        schema: null,
      },
    });
    const parent = parseEventType('invoice', { description: null, schema: null });
    expect(parent.ok && parent.value).toMatchObject({ parent: null, displayName: 'Invoice' });
  });

  test('what is given is taken', () => {
    const schema = { type: 'object', required: ['amount'] };
    const body = { display_name: 'Paid', description: 'Money came', is_active: false, schema };
    expect(parseEventType('invoice.paid', body)).toEqual({
      ok: true,
      value: {
        name: 'invoice.paid',
        parent: 'invoice',
        displayName: 'Paid',
        description: 'Money came',
        isActive: false,
        schema,
      },
    });
  });

  test.each(['a', `a${'b'.repeat(63)}.c${'d'.repeat(63)}`, 'a1_', 'message.new'])('%s is a name', (name) => {
    expect(messages(name, {})).toEqual([]);
  });

  test.each(['', 'A', '1a', '_a', 'a.', '.a', 'a.b.c', 'a-b', 'a b', 'a\n', `a${'b'.repeat(64)}`, 'a.*'])(
    '%j is no name',
    (name) => {
      expect(messages(name, {})).toEqual([
        'name: Name must be like invoice or invoice.paid: lower-case letters, digits and _, at most 64 a part',
      ]);
    },
  );

  test.each(['messages', 'messages.sent'])('%s would hide behind an alias', (name) => {
    expect(messages(name, {})).toEqual(['name: Name must use message instead of its alias messages']);
  });

  test('every wrong field is reported', () => {
    const body = { display_name: 5, description: 'a'.repeat(1001), is_active: 'yes', schema: [] };
    expect(messages('invoice', body)).toEqual([
      'display_name: Display name must be a string',
      'description: Description must be between 1 and 1000 characters',
      'is_active: Is active must be true or false',
      'schema: Schema must be a JSON object',
    ]);
    expect(messages('invoice', [])).toEqual(['body: The request body must be a JSON object']);
  });

  test('a schema that does not compile is refused with the reason', () => {
    expect(messages('invoice', { schema: { type: 'objekt' } })[0]).toMatch(
      /^schema: Schema must be a JSON Schema 2020-12: schema\/type must be equal to one of the allowed values/,
    );
  });
});
