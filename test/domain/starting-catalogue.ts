import type { EventType } from '../../src/domain/event-type.ts';

/** The catalogue that contract B starts with, and its families by parent. */
export const families: Readonly<Record<string, readonly string[]>> = {
  message: [
    'queued',
    'routed',
    'sent',
    'delivered',
    'read',
    'failed',
    'received',
    'filtered',
    'blocked',
    'scheduled',
  ],
  templates: [],
  contact: ['opt_in', 'opt_out', 'help'],
  channel: ['submitted', 'activated', 'rejected'],
  call: ['initiated', 'answered', 'completed', 'failed', 'recording_ready'],
  link: ['clicked', 'downloaded', 'expired', 'revoked'],
};

export function eventType(name: string, changes: Partial<EventType> = {}): EventType {
  const parent = name.includes('.') ? (name.split('.')[0] ?? null) : null;
  return { name, parent, displayName: name, description: null, isActive: true, schema: null, ...changes };
}

export const startingCatalogue: readonly EventType[] = Object.entries(families).flatMap(
  ([parent, suffixes]) => [eventType(parent), ...suffixes.map((suffix) => eventType(`${parent}.${suffix}`))],
);
