/** Which events a webhook is to get, as its form holds them: whole families, or some events of a family. */
import { canonicalParent } from '../../../../src/domain/event-type.ts';
import type { Webhook, WebhookBody } from '../../api/schemas.ts';

export interface FamilyChoice {
  /** As the webhook subscribes to it, which receivers see: the catalogue's name, an alias, or both. */
  readonly names: readonly string[];
  /** `all` includes what the catalogue is yet to get. */
  readonly events: 'all' | readonly string[];
}

/** By the catalogue's name of the family. */
export type EventChoices = ReadonlyMap<string, FamilyChoice>;

export const noEvents: EventChoices = new Map();

export function choicesOf({ event_types, event_filters }: Webhook): EventChoices {
  const filters = Object.entries(event_filters ?? {});
  const choices = new Map<string, FamilyChoice>();
  for (const name of event_types) {
    const family = canonicalParent(name);
    const chosen = filters.filter(([parent]) => canonicalParent(parent) === family);
    choices.set(family, {
      names: [...(choices.get(family)?.names ?? []), name],
      events: chosen.length === 0 ? 'all' : [...new Set(chosen.flatMap(([, suffixes]) => suffixes))],
    });
  }
  return choices;
}

/** Null filters: all events of every family. */
export function subscriptionOf(
  choices: EventChoices,
): Pick<WebhookBody, 'event_types'> & { readonly event_filters: Record<string, string[]> | null } {
  const families = [...choices.values()];
  const filters = families.flatMap(({ names: [name], events }) =>
    name === undefined || events === 'all' ? [] : [{ name, events: [...events] }],
  );
  return {
    event_types: families.flatMap(({ names }) => names),
    event_filters:
      filters.length === 0 ? null : Object.fromEntries(filters.map(({ name, events }) => [name, events])),
  };
}

export function chooseFamily(choices: EventChoices, family: string, isChosen: boolean): EventChoices {
  if (!isChosen) return without(choices, family);
  return new Map(choices).set(family, { names: namesOf(choices, family), events: 'all' });
}

/** The last event that is taken away takes the family with it; the last one that was missing makes it whole. */
export function chooseEvent(
  choices: EventChoices,
  family: string,
  {
    event,
    isChosen,
    of,
  }: { readonly event: string; readonly isChosen: boolean; readonly of: readonly string[] },
): EventChoices {
  const held = choices.get(family)?.events ?? [];
  const before = held === 'all' ? of : held;
  const events = isChosen ? [...before, event] : before.filter((other) => other !== event);
  if (events.length === 0) return without(choices, family);
  const isWhole = isChosen && of.every((other) => events.includes(other));
  return new Map(choices).set(family, {
    names: namesOf(choices, family),
    events: isWhole ? 'all' : events,
  });
}

function namesOf(choices: EventChoices, family: string): readonly string[] {
  return choices.get(family)?.names ?? [family];
}

function without(choices: EventChoices, family: string): EventChoices {
  return new Map([...choices].filter(([name]) => name !== family));
}
