import { canonicalParent } from '../../../../src/domain/event-type.ts';
import type { SubscribableTypeList, Webhook } from '../../api/schemas.ts';
import { choicesOf } from './event-choices.ts';

/** The events that can be sent, by family; a family without events is one itself. */
export function optionsFor({ event_types }: SubscribableTypeList): { group: string; items: string[] }[] {
  return event_types
    .filter(({ event_type, is_active }) => event_type === null && is_active)
    .map(({ name, sub_types }) => {
      const events = (sub_types ?? []).filter(({ is_active }) => is_active).map((type) => type.name);
      return { group: name, items: events.length === 0 ? [name] : events };
    });
}

/** The first that the webhook would get. */
export function preferredOption(webhook: Webhook, catalogue: SubscribableTypeList): string {
  const choices = choicesOf(webhook);
  const wanted = optionsFor(catalogue).flatMap(({ group, items }) => {
    const chosen = choices.get(canonicalParent(group))?.events;
    if (chosen === undefined) return [];
    return chosen === 'all'
      ? items
      : items.filter((name) => chosen.some((event) => name === `${group}.${event}`));
  });
  return wanted[0] ?? optionsFor(catalogue)[0]?.items[0] ?? '';
}
