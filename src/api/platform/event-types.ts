import { Type } from 'typebox';
import { eventTypeNamePattern, parseEventType } from '../../domain/event-type-input.ts';
import {
  deleteEventType,
  findEventType,
  holdEventType,
  listEventTypes,
  putEventType,
} from '../../storage/event-types.ts';
import { invalid, noContent, type Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { jsonValueOf } from '../json-body.ts';
import type { PlatformCall, PlatformOperation } from '../operation.ts';
import {
  eventTypeBodySchema,
  eventTypeListSchema,
  eventTypeSchema,
  eventTypeView,
} from '../schemas/event-type.ts';
import { reference } from '../schemas/shared.ts';
import { withinTime } from '../time-limit.ts';

const tag = 'Event types';
const noun = 'event type';
const bodyBytesMax = 1024 * 1024;
/** A schema is made ready again, in every process, within the time that publishing has for its checks. */
const schemaMsMax = 250;
const nameParamsSchema = Type.Object({ name: Type.String() });

export function eventTypeOperations(dependencies: ApiDependencies): readonly PlatformOperation[] {
  return [
    {
      method: 'GET',
      url: '/platform/v1/event-types',
      doing: 'listing the event types',
      noun,
      described: {
        tag,
        operationId: 'listEventTypes',
        summary: 'List the catalogue',
        success: { status: 200, data: eventTypeListSchema },
      },
      handle: () => list(dependencies),
    },
    {
      method: 'GET',
      url: '/platform/v1/event-types/:name',
      doing: 'retrieving the event type',
      noun,
      described: {
        tag,
        operationId: 'getEventType',
        summary: 'Retrieve an event type',
        params: nameParamsSchema,
        success: { status: 200, data: reference(eventTypeSchema) },
        errors: ['eventTypeNotFound'],
      },
      handle: (call) => retrieve(dependencies, call),
    },
    {
      method: 'PUT',
      url: '/platform/v1/event-types/:name',
      doing: 'storing the event type',
      noun,
      bodyLimit: bodyBytesMax,
      described: {
        tag,
        operationId: 'putEventType',
        summary: 'Create or replace an event type',
        description: 'Answers 201 when it is new, else 200.',
        params: nameParamsSchema,
        body: eventTypeBodySchema,
        bodyExample: {
          display_name: 'Shipment',
          schema: { type: 'object', required: ['shipment_id'] },
        },
        success: { status: 201, data: reference(eventTypeSchema), alsoStatus: 200 },
      },
      handle: (call) => put(dependencies, call),
    },
    {
      method: 'DELETE',
      url: '/platform/v1/event-types/:name',
      doing: 'deleting the event type',
      noun,
      described: {
        tag,
        operationId: 'deleteEventType',
        summary: 'Delete an event type; a parent takes its children along',
        params: nameParamsSchema,
        success: null,
        errors: ['eventTypeNotFound'],
      },
      handle: (call) => remove(dependencies, call),
    },
  ];
}

async function list({ db }: ApiDependencies): Promise<Outcome> {
  const types = await listEventTypes(db);
  return { status: 200, data: { event_types: types.map(eventTypeView) } };
}

async function retrieve({ db }: ApiDependencies, { name }: PlatformCall): Promise<Outcome> {
  const type = isName(name) ? await findEventType(db, name) : null;
  return type === null ? { refused: 'eventTypeNotFound' } : { status: 200, data: eventTypeView(type) };
}

async function put({ catalogue, db }: ApiDependencies, { name, body }: PlatformCall): Promise<Outcome> {
  const checked = withinTime(schemaMsMax, () => parseEventType(name, jsonValueOf(body) ?? {}));
  if (checked === null) {
    const message = `Schema takes more than ${schemaMsMax} ms to be made ready; make it smaller`;
    return invalid([{ field: 'schema', message }], 'always');
  }
  const type = checked.value;
  if (!type.ok) return invalid(type.error, 'always');
  const { parent } = type.value;
  const outcome = await db.transaction<Outcome>(async (transaction) => {
    if (parent !== null && !(await holdEventType(transaction, parent))) {
      const message = `The parent ${parent} does not exist; create it first`;
      return invalid([{ field: 'name', message }], 'always');
    }
    const isNew = (await findEventType(transaction, name)) === null;
    const stored = await putEventType(transaction, type.value);
    return { status: isNew ? 201 : 200, data: eventTypeView(stored) };
  });
  catalogue.forget();
  return outcome;
}

async function remove({ catalogue, db }: ApiDependencies, { name }: PlatformCall): Promise<Outcome> {
  const isDeleted = isName(name) && (await deleteEventType(db, name));
  catalogue.forget();
  return isDeleted ? noContent : { refused: 'eventTypeNotFound' };
}

/** Anything else names nothing, and need not be something that the database can look for. */
function isName(name: string): boolean {
  return new RegExp(eventTypeNamePattern).test(name);
}
