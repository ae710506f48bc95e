/**
 * The catalogue of event types: parents (`message`) and their dotted children (`message.delivered`). Also the one
 * place that knows the alias `messages`, and how a webhook's event_types and event_filters become the patterns
 * that publishing matches against.
 */
export interface EventType {
  /** `message`, or `message.delivered`. */
  readonly name: string;
  /** The parent's name; null for a parent. */
  readonly parent: string | null;
  readonly displayName: string;
  readonly description: string | null;
  readonly isActive: boolean;
  /** JSON Schema 2020-12 of the payload, or null. */
  readonly schema: JsonObject | null;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** `messages` names the family `message` wherever a parent is named. */
const parentAliases: ReadonlyMap<string, string> = new Map([['messages', 'message']]);

/** The catalogue's own name of a parent: `messages` → `message`, every other name unchanged. */
export function canonicalParent(name: string): string {
  return parentAliases.get(name) ?? name;
}

/** The other name of a parent; null when it has none. */
export function aliasOf(parent: string): string | null {
  for (const [alias, name] of parentAliases) if (name === parent) return alias;
  return null;
}

/** `message.delivered` → `message`; a parent is its own. Aliases are resolved. */
export function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return canonicalParent(dot === -1 ? name : name.slice(0, dot));
}

/** `message.delivered` → `delivered`; null for a parent. */
export function suffixOf(name: string): string | null {
  const dot = name.indexOf('.');
  return dot === -1 ? null : name.slice(dot + 1);
}

/** The catalogue's own name of an event: `messages.sent` → `message.sent`. */
export function canonicalName(name: string): string {
  const suffix = suffixOf(name);
  return suffix === null ? canonicalParent(name) : `${parentOf(name)}.${suffix}`;
}

export type EventFilters = Readonly<Record<string, readonly string[]>>;

/**
 * The patterns a webhook listens to: `message.*` for a whole family, `message.delivered` for one child of a
 * filtered family. A webhook matches an event when it has one of {@link patternsOf} that event.
 */
export function subscriptionPatterns(eventTypes: readonly string[], filters: EventFilters | null): string[] {
  const patterns = new Set<string>();
  for (const parent of new Set(eventTypes.map(canonicalParent))) {
    const suffixes = filtersFor(parent, filters);
    if (suffixes === null) patterns.add(`${parent}.*`);
    else for (const suffix of suffixes) patterns.add(`${parent}.${suffix}`);
  }
  return [...patterns];
}

/** The two patterns by which an event is found: its family's, and its own name. */
export function patternsOf(eventName: string): { readonly family: string; readonly exact: string } {
  return { family: `${parentOf(eventName)}.*`, exact: canonicalName(eventName) };
}

/** Null: the whole family. */
function filtersFor(parent: string, filters: EventFilters | null): readonly string[] | null {
  if (filters === null) return null;
  const lists = Object.entries(filters).filter(([name]) => canonicalParent(name) === parent);
  return lists.length === 0 ? null : lists.flatMap(([, suffixes]) => suffixes);
}

/** The name a webhook knows a family by: `messages` when it subscribed to that alias only. */
export function fieldFor(parent: string, eventTypes: readonly string[]): string {
  if (eventTypes.includes(parent)) return parent;
  return eventTypes.find((name) => canonicalParent(name) === parent) ?? parent;
}
