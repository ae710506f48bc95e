/**
 * Which families and children a webhook may subscribe to: what the catalogue holds and has active, under its own
 * names or an alias. Every refusal lists what is allowed.
 */
import { type Checked, isFields, quoted, wrong } from './check.ts';
import { aliasOf, canonicalParent, type EventFilters, type EventType, suffixOf } from './event-type.ts';
import { accept } from './result.ts';

/** The parents that can be named, each followed by its alias. */
function allowedParents(catalogue: readonly EventType[]): string[] {
  return catalogue
    .filter((type) => type.parent === null && type.isActive)
    .flatMap(({ name }) => [name, aliasOf(name)])
    .filter((name) => name !== null);
}

export function checkEventTypes(
  value: unknown,
  field: string,
  catalogue: readonly EventType[],
): Checked<readonly string[]> {
  if (!Array.isArray(value) || value.length === 0)
    return wrong(field, 'must contain at least one event type');
  const allowed = allowedParents(catalogue);
  const offender: unknown = value.find((name) => !allowed.includes(name));
  if (offender === undefined) return accept(value);
  const list = allowed.join(', ');
  if (typeof offender === 'string' && suffixOf(offender) !== null) {
    const advice = 'choose among its events with event_filters';
    return wrong(field, `must be one of ${list}, not the dotted name ${quoted(offender)}; ${advice}`);
  }
  return wrong(field, `must be one of ${list}; ${quoted(offender)} is not`);
}

/**
 * Null and `{}` both mean no filter.
 *
 * @param eventTypes what the same input subscribes to; null when that was refused, to report only what is certain.
 */
export function checkEventFilters(
  value: unknown,
  field: string,
  context: { readonly eventTypes: readonly string[] | null; readonly catalogue: readonly EventType[] },
): Checked<EventFilters | null> {
  if (value === null) return accept(null);
  if (!isFields(value)) return wrong(field, 'must be an object such as {"message":["delivered","failed"]}');
  const subscribed = context.eventTypes ?? allowedParents(context.catalogue);
  const filters: Record<string, readonly string[]> = {};
  for (const [parent, suffixes] of Object.entries(value)) {
    if (!subscribed.some((name) => canonicalParent(name) === canonicalParent(parent))) {
      return wrong(
        field,
        `must only filter subscribed event types (${subscribed.join(', ')}); ${quoted(parent)} is not`,
      );
    }
    const allowed = childSuffixes(parent, context.catalogue);
    if (Array.isArray(suffixes) && suffixes.length === 0) {
      return wrong(
        field,
        `for ${quoted(parent)} must name at least one event; leave it out to get all of them`,
      );
    }
    if (!isListOf(suffixes, allowed)) return wrong(field, suffixComplaint(parent, suffixes, allowed));
    filters[parent] = suffixes;
  }
  return accept(Object.keys(filters).length === 0 ? null : filters);
}

function suffixComplaint(parent: string, suffixes: unknown, allowed: readonly string[]): string {
  if (allowed.length === 0) return `cannot choose among the events of ${parent}: it has no children`;
  const rule = `for ${parent} must be a list of ${allowed.join(', ')}`;
  const offender: unknown = Array.isArray(suffixes)
    ? suffixes.find((suffix) => !allowed.includes(suffix))
    : suffixes;
  return `${rule}; ${quoted(offender)} is not`;
}

function childSuffixes(parent: string, catalogue: readonly EventType[]): string[] {
  return catalogue
    .filter((type) => type.parent === canonicalParent(parent) && type.isActive)
    .flatMap(({ name }) => suffixOf(name) ?? []);
}

function isListOf(value: unknown, allowed: readonly string[]): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => allowed.includes(item));
}
