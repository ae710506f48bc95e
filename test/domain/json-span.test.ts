import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EventText, eventTexts } from '../../src/domain/json-span.ts';

const payloads = (json: string) => eventTexts(json).map((event) => event.payload);

const space = fc.constantFrom('', ' ', '\n\t ');
const key = fc.constantFrom(
  '"payload"',
  '"p\\u0061yload"',
  '"events"',
  '"\\u0065vents"',
  '"id"',
  '"a\\"b"',
  '"\\\\"',
);
const value = fc
  .tuple(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(undefined, 1, '\t'))
  .map(([json, indent]) => JSON.stringify(json, null, indent));

/** The text of an object with white space, escaped keys and repeated keys at will. */
const objectOf = (member: fc.Arbitrary<string>) =>
  fc.tuple(fc.array(fc.tuple(key, member)), space).map(([members, gap]) =>
    wrap(
      '{',
      members.map(([name, text]) => `${name}${gap}:${gap}${text}`),
      '}',
      gap,
    ),
  );
const listOf = (item: fc.Arbitrary<string>) =>
  fc.tuple(fc.array(item), space).map(([items, gap]) => wrap('[', items, ']', gap));
const wildBody = objectOf(fc.oneof(value, objectOf(value), listOf(objectOf(value))));

function wrap(open: string, parts: readonly string[], close: string, gap: string): string {
  return gap + open + gap + parts.join(`${gap},${gap}`) + gap + close + gap;
}

/** What JSON.parse makes of the same text. */
function oracle(json: string): unknown[] {
  const body: unknown = JSON.parse(json);
  const items = memberOf(body, 'events');
  return (Array.isArray(items) ? items : [body]).map((item) => memberOf(item, 'payload'));
}

function memberOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? Object.entries(json).find(([key]) => key === name)?.[1]
    : undefined;
}

describe('json span', () => {
  test('a payload keeps its white space, numbers, escapes and order of keys', () => {
    const payload = '{ "b" : 1.10,\n "a":12345678901234567890, "c": "\\u0041\\"}" }';
    expect(payloads(`{"id":"1", "payload" : ${payload} , "event":"x"}`)).toEqual([payload]);
  });

  test('a list of events gives one text for each, in order', () => {
    const json = '{"events":[{"payload":{"a":1}}, {"id":"2"},{"payload": [2] } ]}';
    expect(eventTexts(json)).toEqual([
      { text: '{"payload":{"a":1}}', payload: '{"a":1}' },
      { text: '{"id":"2"}', payload: undefined },
      { text: '{"payload": [2] }', payload: '[2]' },
    ]);
  });

  test('the text of a single event is the body without white space around it', () => {
    expect(eventTexts(' {"payload":{}}\n')).toEqual([{ text: '{"payload":{}}', payload: '{}' }]);
  });

  test.each<[string, string, (string | undefined)[]]>([
    ['the last of repeated payloads counts', '{"payload":1,"payload":{"a":2}}', ['{"a":2}']],
    [
      'the last of repeated lists counts',
      '{"events":[{"payload":1}],"events":[{},{}]}',
      [undefined, undefined],
    ],
    ['a later events that is no list leaves a single event', '{"events":[{}],"events":5,"payload":6}', ['6']],
    [
      'a list after an events that is none counts',
      '{"events":{"payload":7},"events":[{"payload":8}]}',
      ['8'],
    ],
    ['an escaped key is the same key', '{"pay\\u006coad":{"a":1}}', ['{"a":1}']],
    ['an escaped key of the list is the same key', '{"\\u0065vents":[{"payload":1}]}', ['1']],
    ['a key that only looks alike is another', '{"payloads":1,"Payload":2,"payload\\"":3}', [undefined]],
    [
      'a payload inside another field is not the payload',
      '{"a":{"payload":1},"b":"\\"payload\\":2"}',
      [undefined],
    ],
    ['brackets and quotes inside text do not count', '{"a":"}]\\\\","payload":"{[\\\\\\""}', ['"{[\\\\\\""']],
    ['every kind of value can be a payload', '{"payload":-1.5e+3}', ['-1.5e+3']],
    ['a literal ends at white space', '{"payload":null }', ['null']],
    [
      'items that are no objects have no payload',
      '{"events":[1,"a",[{"payload":1}],null]}',
      Array(4).fill(undefined),
    ],
    ['an empty list has no events', '{"events":[ ]}', []],
    ['an empty body has no payload', '{ }', [undefined]],
    ['a body that is no object has no payload', '[{"payload":1}]', [undefined]],
    ['a body that is a number has no payload', '12', [undefined]],
  ])('%s', (_claim, json, expected) => {
    expect(payloads(json)).toEqual(expected);
  });

  test('each text found parses to what JSON.parse finds in its place', () => {
    fc.assert(
      fc.property(wildBody, (json) => {
        const parsed = payloads(json).map((text) => (text === undefined ? undefined : JSON.parse(text)));
        expect(parsed).toEqual(oracle(json));
      }),
      { numRuns: 500 },
    );
  });

  test('each text found stands in the body as it is', () => {
    fc.assert(
      fc.property(wildBody, (json) => {
        for (const { text, payload } of eventTexts(json)) {
          expect(json).toContain(text);
          expect(text).toContain(payload ?? '');
        }
      }),
    );
  });

  test('a value nested a hundred thousand deep is found without recursion', () => {
    const payload = `${'[{"a":'.repeat(100_000)}1${'}]'.repeat(100_000)}`;
    expect(payloads(`{"payload":${payload}}`)).toEqual([payload]);
  });

  test.each([
    ['backslashes', JSON.stringify({ payload: '\\'.repeat(200_000) })],
    ['quotes', JSON.stringify({ payload: '"'.repeat(200_000) })],
    [
      'keys',
      JSON.stringify({ events: [Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [i, i]))] }),
    ],
  ])('many %s are read in one pass', (_kind, json) => {
    const started = performance.now();
    eventTexts(json);
    // Quadratic time would take minutes here.
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test.each(['{"payload":{"a":[', '{"payload":"abc', '{"events":[', '{"payload":12', '{"a', '{', ''])(
    'text that was cut off, %j, ends the search instead of hanging it',
    (json) => {
      const texts: readonly EventText[] = eventTexts(json);
      expect(texts.length).toBeLessThanOrEqual(1);
    },
  );
});
