import type { EventType, JsonObject } from '../domain/event-type.ts';
import { compilePayloadSchema, type PayloadValidator } from '../domain/payload-schema.ts';
import type { Database } from '../storage/database.ts';
import { listEventTypes } from '../storage/event-types.ts';

/** The event types, read at most once a second; another process's change is seen after that time. */
export interface Catalogue {
  all(): Promise<readonly EventType[]>;
  byName(): Promise<ReadonlyMap<string, EventType>>;
  /** What is wrong with the payload by the type's schema; empty: nothing. */
  validatePayload(type: EventType, payload: unknown): string[];
  /** Whether it was read before this moment, unix milliseconds. */
  isOlderThan(moment: number): boolean;
  /** It may have changed: read it anew. */
  forget(): void;
}

const freshMs = 1000;

interface Snapshot {
  readonly types: readonly EventType[];
  readonly byName: ReadonlyMap<string, EventType>;
}

export function createCatalogue(db: Database, clock: { now(): number }): Catalogue {
  let snapshot: Promise<Snapshot> | null = null;
  let readAt = Number.NEGATIVE_INFINITY;
  // By the schema's text: compiling takes milliseconds, and the catalogue is read anew every second.
  let validators = new Map<string, PayloadValidator>();

  function current(): Promise<Snapshot> {
    const now = clock.now();
    if (snapshot === null || Math.abs(now - readAt) > freshMs) {
      readAt = now;
      snapshot = read();
      snapshot.catch(() => {
        snapshot = null;
      });
    }
    return snapshot;
  }

  async function read(): Promise<Snapshot> {
    const types = await listEventTypes(db);
    return { types, byName: new Map(types.map((type) => [type.name, type])) };
  }

  // In front of those by text: writing a large schema out again for every event costs more than validating.
  const validatorOfType = new WeakMap<EventType, PayloadValidator>();

  function validatorOf(type: EventType): PayloadValidator | null {
    if (type.schema === null) return null;
    const validate = validatorOfType.get(type) ?? compiled(type.schema, type.name);
    validatorOfType.set(type, validate);
    return validate;
  }

  function compiled(schema: JsonObject, name: string): PayloadValidator {
    const text = JSON.stringify(schema);
    const known = validators.get(text);
    if (known !== undefined) return known;
    const result = compilePayloadSchema(schema);
    // Checked when it was stored; only a row written by hand can fail here.
    const validate = result.ok ? result.value : () => [`the schema of ${name} is broken: ${result.error}`];
    if (validators.size >= 1000) validators = new Map();
    validators.set(text, validate);
    return validate;
  }

  return {
    all: async () => (await current()).types,
    byName: async () => (await current()).byName,
    validatePayload: (type, payload) => validatorOf(type)?.(payload) ?? [],
    isOlderThan: (moment) => readAt < moment,
    forget() {
      snapshot = null;
    },
  };
}
