/** The catalogue of event types as rows, in the order in which they were added. */
import sql from 'sql-template-tag';
import type { EventType, JsonObject } from '../domain/event-type.ts';
import type { Queryable } from './database.ts';

interface EventTypeRow {
  name: string;
  parent: string | null;
  display_name: string;
  description: string | null;
  is_active: boolean;
  schema: JsonObject | null;
}

const columns = sql`name, parent, display_name, description, is_active, schema`;

function eventTypeOf(row: EventTypeRow): EventType {
  return {
    name: row.name,
    parent: row.parent,
    displayName: row.display_name,
    description: row.description,
    isActive: row.is_active,
    schema: row.schema,
  };
}

export async function listEventTypes(db: Queryable): Promise<EventType[]> {
  const rows = await db.query<EventTypeRow>(sql`select ${columns} from event_types order by position`);
  return rows.map(eventTypeOf);
}

export async function findEventType(db: Queryable, name: string): Promise<EventType | null> {
  const [row] = await db.query<EventTypeRow>(sql`select ${columns} from event_types where name = ${name}`);
  return row === undefined ? null : eventTypeOf(row);
}

/** Whether it exists; if so, it cannot be deleted before the transaction ends. */
export async function holdEventType(transaction: Queryable, name: string): Promise<boolean> {
  const rows = await transaction.query(sql`select from event_types where name = ${name} for key share`);
  return rows.length > 0;
}

/** Inserts or replaces. The parent of a child must exist. */
export async function putEventType(db: Queryable, type: EventType): Promise<EventType> {
  const schema = type.schema === null ? null : JSON.stringify(type.schema);
  const [row] = await db.query<EventTypeRow>(sql`
    insert into event_types (name, parent, display_name, description, is_active, schema)
    values (${type.name}, ${type.parent}, ${type.displayName}, ${type.description}, ${type.isActive}, ${schema}::text::json)
    on conflict (name) do update set
      display_name = excluded.display_name,
      description = excluded.description,
      is_active = excluded.is_active,
      schema = excluded.schema
    returning ${columns}`);
  if (row === undefined) throw new Error('the stored event type was not returned');
  return eventTypeOf(row);
}

/** A parent takes its children along. */
export async function deleteEventType(db: Queryable, name: string): Promise<boolean> {
  const rows = await db.query(sql`delete from event_types where name = ${name} returning name`);
  return rows.length > 0;
}
