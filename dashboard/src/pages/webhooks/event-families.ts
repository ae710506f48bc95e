/** The catalogue as a tree to choose from. */
import { suffixOf } from '../../../../src/domain/event-type.ts';
import type { SubscribableTypeList } from '../../api/schemas.ts';
import type { EventChoices } from './event-choices.ts';

interface EventOfFamily {
  /** `delivered` of `message.delivered`. */
  readonly suffix: string;
  readonly description: string | null;
  /** False: chosen once, and not to be had any more. */
  readonly isAvailable: boolean;
}

export interface EventFamily {
  readonly name: string;
  readonly description: string | null;
  readonly isAvailable: boolean;
  readonly events: readonly EventOfFamily[];
}

/** What can be chosen, and what is chosen although it cannot be chosen any more: it must be seen to be taken away. */
export function familiesOf(
  { event_types }: SubscribableTypeList,
  choices: EventChoices,
): readonly EventFamily[] {
  const offered = event_types
    .filter(({ event_type: parent }) => parent === null)
    .filter(({ name, is_active }) => is_active || choices.has(name))
    .map(({ name, description, is_active, sub_types }) => {
      const events = (sub_types ?? []).map((type) => ({
        suffix: suffixOf(type.name) ?? type.name,
        description: type.description,
        isAvailable: type.is_active,
      }));
      return {
        name,
        description,
        isAvailable: is_active,
        events: withLost(events, choices.get(name)?.events),
      };
    });
  const known = new Set(offered.map(({ name }) => name));
  const lost = [...choices]
    .filter(([name]) => !known.has(name))
    .map(([name, { events }]) => ({
      name,
      description: null,
      isAvailable: false,
      events: withLost([], events),
    }));
  return [...offered, ...lost];
}

function withLost(
  events: readonly EventOfFamily[],
  chosen: 'all' | readonly string[] = [],
): readonly EventOfFamily[] {
  const named = chosen === 'all' ? [] : chosen;
  const shown = events.filter(({ suffix, isAvailable }) => isAvailable || named.includes(suffix));
  const lost = named
    .filter((suffix) => !shown.some((event) => event.suffix === suffix))
    .map((suffix) => ({ suffix, description: null, isAvailable: false }));
  return [...shown, ...lost];
}
