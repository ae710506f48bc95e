import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  aliasOf,
  canonicalName,
  canonicalParent,
  type EventFilters,
  fieldFor,
  parentOf,
  patternsOf,
  subscriptionPatterns,
  suffixOf,
} from '../../src/domain/event-type.ts';
import { families } from './starting-catalogue.ts';

const parentNames = [...Object.keys(families), 'messages'];
const allSuffixes = Object.values(families).flat();
const eventNames = parentNames.flatMap((parent) => [
  parent,
  ...allSuffixes.map((suffix) => `${parent}.${suffix}`),
]);
const eventTypes = fc.uniqueArray(fc.constantFrom(...parentNames), { minLength: 1 });
const eventFilters = fc.option(
  fc.dictionary(
    fc.constantFrom(...parentNames),
    fc.uniqueArray(fc.constantFrom(...allSuffixes), { minLength: 1, maxLength: 4 }),
  ),
);

/** Contract B, "Matching", word for word, with `messages` read as `message` wherever a parent is named. */
function matchesNaively(event: string, types: readonly string[], filters: EventFilters | null): boolean {
  const real = (parent: string) => (parent === 'messages' ? 'message' : parent);
  const [parent = '', suffix] = event.split('.');
  const named = types.some((type) => real(type) === real(parent));
  const filter = Object.entries(filters ?? {}).filter(([key]) => real(key) === real(parent));
  const contains = filter.some(([, suffixes]) => suffix !== undefined && suffixes.includes(suffix));
  return named && (filter.length === 0 || contains);
}

describe('event type', () => {
  test('names are taken apart and aliases resolved', () => {
    expect(canonicalParent('messages')).toBe('message');
    expect(canonicalParent('templates')).toBe('templates');
    expect(aliasOf('message')).toBe('messages');
    expect(aliasOf('contact')).toBeNull();
    expect(parentOf('messages.sent')).toBe('message');
    expect(parentOf('contact')).toBe('contact');
    expect(suffixOf('contact.opt_in')).toBe('opt_in');
    expect(suffixOf('contact')).toBeNull();
    expect(canonicalName('messages.sent')).toBe('message.sent');
    expect(canonicalName('messages')).toBe('message');
    expect(canonicalName('link.clicked')).toBe('link.clicked');
  });

  test('a webhook has a pattern of an event exactly when the contract says that it matches', () => {
    fc.assert(
      fc.property(eventTypes, eventFilters, fc.constantFrom(...eventNames), (types, filters, event) => {
        const { family, exact } = patternsOf(event);
        const patterns = subscriptionPatterns(types, filters);
        const matches = patterns.includes(family) || patterns.includes(exact);
        expect(matches).toBe(matchesNaively(event, types, filters));
      }),
      { numRuns: 2000 },
    );
  });

  test('patterns are not repeated', () => {
    fc.assert(
      fc.property(eventTypes, eventFilters, (types, filters) => {
        const patterns = subscriptionPatterns(types, filters);
        expect(new Set(patterns).size).toBe(patterns.length);
      }),
    );
  });

  test('an empty list of suffixes chooses nothing', () => {
    expect(subscriptionPatterns(['message', 'contact'], { message: [] })).toEqual(['contact.*']);
  });

  test('filters under a name and its alias add up', () => {
    expect(subscriptionPatterns(['message'], { message: ['sent'], messages: ['read'] })).toEqual([
      'message.sent',
      'message.read',
    ]);
  });

  test('the field is the alias only for a webhook that subscribed to nothing but the alias', () => {
    expect(fieldFor('message', ['messages', 'contact'])).toBe('messages');
    expect(fieldFor('message', ['messages', 'message'])).toBe('message');
    expect(fieldFor('message', ['contact'])).toBe('message');
    expect(fieldFor('contact', ['messages', 'contact'])).toBe('contact');
  });
});
