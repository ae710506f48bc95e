import { type Static, Type } from 'typebox';
import type { EventType } from '../../domain/event-type.ts';
import { nullable, reference } from './shared.ts';

const dottedTypeSchema = Type.Object({
  name: Type.String(),
  display_name: Type.String(),
  description: nullable(Type.String()),
  is_active: Type.Boolean(),
  event_type: nullable(Type.String({ description: 'The parent; null for a parent.' })),
});

/** One item of the list that accounts see: a dotted type, or a parent with its dotted types inside. */
export const subscribableTypeSchema = Type.Object(
  {
    ...dottedTypeSchema.properties,
    sub_types: nullable(
      Type.Array(
        Type.Object(
          { ...dottedTypeSchema.properties, sub_types: Type.Null() },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { $id: 'SubscribableEventType', additionalProperties: false },
);

export const subscribableTypeListSchema = Type.Object(
  { event_types: Type.Array(reference(subscribableTypeSchema)) },
  { additionalProperties: false },
);

/** First the dotted types, then each parent with its own. */
export function subscribableTypeListView(
  catalogue: readonly EventType[],
): Static<typeof subscribableTypeListSchema> {
  const dotted = catalogue.filter(({ parent }) => parent !== null).map(dottedView);
  const parents = catalogue
    .filter(({ parent }) => parent === null)
    .map((type) => ({
      ...dottedView(type),
      sub_types: dotted.filter(({ event_type }) => event_type === type.name),
    }));
  return { event_types: [...dotted, ...parents] };
}

function dottedView(type: EventType) {
  return {
    name: type.name,
    display_name: type.displayName,
    description: type.description,
    is_active: type.isActive,
    event_type: type.parent,
    sub_types: null,
  };
}

/** The catalogue as the platform sees it. */
export const eventTypeSchema = Type.Object(
  {
    name: Type.String(),
    parent: nullable(Type.String()),
    display_name: Type.String(),
    description: nullable(Type.String()),
    is_active: Type.Boolean(),
    schema: nullable(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'JSON Schema 2020-12 that every payload of this type must satisfy.',
      }),
    ),
  },
  { $id: 'EventType', additionalProperties: false },
);

export const eventTypeListSchema = Type.Object(
  { event_types: Type.Array(reference(eventTypeSchema)) },
  { additionalProperties: false },
);

export const eventTypeBodySchema = Type.Partial(
  Type.Pick(eventTypeSchema, ['display_name', 'description', 'is_active', 'schema']),
);

export function eventTypeView(type: EventType): Static<typeof eventTypeSchema> {
  return {
    name: type.name,
    parent: type.parent,
    display_name: type.displayName,
    description: type.description,
    is_active: type.isActive,
    schema: type.schema,
  };
}
