import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventType } from '../../src/domain/event-type.ts';
import type { Database } from '../../src/storage/database.ts';
import {
  deleteEventType,
  findEventType,
  listEventTypes,
  putEventType,
} from '../../src/storage/event-types.ts';
import { openTestDatabase } from '../support/database.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

function type(name: string, changes: Partial<EventType> = {}): EventType {
  const dot = name.indexOf('.');
  return {
    name,
    parent: dot === -1 ? null : name.slice(0, dot),
    displayName: `The ${name}`,
    description: null,
    isActive: true,
    schema: null,
    ...changes,
  };
}

async function names(): Promise<string[]> {
  return (await listEventTypes(db)).map(({ name }) => name);
}

describe('the starting catalogue', () => {
  test('has the families and children of the contract, parents first and in its order', async () => {
    const children = {
      message: 'queued routed sent delivered read failed received filtered blocked scheduled'.split(' '),
      templates: [],
      contact: 'opt_in opt_out help'.split(' '),
      channel: 'submitted activated rejected'.split(' '),
      call: 'initiated answered completed failed recording_ready'.split(' '),
      link: 'clicked downloaded expired revoked'.split(' '),
    };
    const dotted = Object.entries(children).flatMap(([parent, suffixes]) =>
      suffixes.map((suffix) => `${parent}.${suffix}`),
    );
    expect(await names()).toEqual([...Object.keys(children), ...dotted]);
    expect((await listEventTypes(db)).every(({ isActive, schema }) => isActive && schema === null)).toBe(
      true,
    );
  });
});

describe('an event type', () => {
  test('is found as it was put, with its schema in the order it was given', async () => {
    const schema = {
      type: 'object',
      required: ['b', 'a'],
      properties: { b: { type: 'number', maximum: 1.5 }, a: { const: null } },
      additionalProperties: false,
    };
    const parent = type('invoice', { description: 'Invoices' });
    const child = type('invoice.paid', { schema, isActive: false });
    expect(await putEventType(db, parent)).toEqual(parent);
    expect(await putEventType(db, child)).toEqual(child);
    const found = await findEventType(db, 'invoice.paid');
    expect(found).toEqual(child);
    expect(JSON.stringify(found?.schema)).toBe(JSON.stringify(schema));
    expect(await findEventType(db, 'invoice.lost')).toBeNull();
  });

  test('keeps its place in the catalogue when it is replaced, and a new one comes last', async () => {
    await putEventType(db, type('parcel'));
    const before = await names();
    expect(before.at(-1)).toBe('parcel');
    const replaced = type('contact.help', { displayName: 'Help!', description: 'Asked', isActive: false });
    expect(await putEventType(db, replaced)).toEqual(replaced);
    expect(await names()).toEqual(before);
    expect(await putEventType(db, type('parcel', { schema: { type: 'object' } }))).toMatchObject({
      schema: { type: 'object' },
    });
    expect(await putEventType(db, type('parcel'))).toMatchObject({ schema: null });
  });

  test('needs its parent', async () => {
    await expect(putEventType(db, type('orphan.found'))).rejects.toThrow('foreign key');
    await expect(putEventType(db, type('dotted.parent', { parent: null }))).rejects.toThrow(
      'check constraint',
    );
  });

  test('takes its children along when it is deleted, and no others', async () => {
    for (const name of ['trip', 'trip.begun', 'trip.ended', 'tripod']) await putEventType(db, type(name));
    expect(await deleteEventType(db, 'trip.begun')).toBe(true);
    expect(await findEventType(db, 'trip')).not.toBeNull();
    expect(await deleteEventType(db, 'trip')).toBe(true);
    expect(await findEventType(db, 'trip.ended')).toBeNull();
    expect(await findEventType(db, 'tripod')).not.toBeNull();
    expect(await deleteEventType(db, 'trip')).toBe(false);
  });
});
