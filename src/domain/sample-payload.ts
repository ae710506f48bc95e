/** Realistic payloads, for test deliveries and the demonstration. */
import { type JsonObject, parentOf, suffixOf } from './event-type.ts';

/** A payload as this event could carry it; the same every time. A family of the operator's own gets a plain one. */
export function samplePayload(eventName: string): JsonObject {
  const suffix = suffixOf(eventName);
  return samples.get(parentOf(eventName))?.(suffix) ?? { id: sampleId(9), status: suffix };
}

const sampleId = (number: number) => `b1a2c3d4-0000-4000-8000-00000000000${number}`;
const customer = '+14155550123';
const business = '+14155550100';
const moment = '2026-01-15T10:35:00Z';

const samples: ReadonlyMap<string, (suffix: string | null) => JsonObject> = new Map([
  ['message', message],
  ['templates', template],
  ['contact', contact],
  ['channel', channel],
  ['call', call],
  ['link', link],
]);

function message(suffix: string | null): JsonObject {
  const isInbound = suffix === 'received';
  return {
    message_id: sampleId(1),
    message_status: (suffix ?? 'delivered').toUpperCase(),
    channel: 'sms',
    inbound_number: isInbound ? business : customer,
    outbound_number: isInbound ? customer : business,
    ...(isInbound && { text: 'Yes, see you at ten.' }),
    ...(suffix === 'failed' && { error: { code: '30003', message: 'The number cannot be reached' } }),
  };
}

function template(): JsonObject {
  return {
    template_id: sampleId(2),
    template_name: 'order_confirmation',
    template_status: 'APPROVED',
    category: 'UTILITY',
    language: 'en_US',
    channel: 'whatsapp',
  };
}

function contact(suffix: string | null): JsonObject {
  const keywords = new Map([
    ['opt_in', 'START'],
    ['opt_out', 'STOP'],
    ['help', 'HELP'],
  ]);
  return {
    contact_id: sampleId(3),
    phone_number: customer,
    channel: 'sms',
    keyword: keywords.get(suffix ?? 'opt_in') ?? null,
    occurred_at: moment,
  };
}

function channel(suffix: string | null): JsonObject {
  return {
    channel_id: sampleId(4),
    channel: 'whatsapp',
    phone_number: business,
    channel_status: (suffix ?? 'activated').toUpperCase(),
    ...(suffix === 'rejected' && { reason: 'The display name does not match the business' }),
  };
}

function call(suffix: string | null): JsonObject {
  const isOver = suffix === 'completed' || suffix === 'recording_ready';
  return {
    call_id: sampleId(5),
    call_status: (suffix ?? 'completed').toUpperCase(),
    from: business,
    to: customer,
    duration_seconds: isOver ? 42 : null,
    recording_url: suffix === 'recording_ready' ? 'https://media.example.com/recordings/1.mp3' : null,
  };
}

function link(suffix: string | null): JsonObject {
  return {
    link_id: sampleId(6),
    message_id: sampleId(1),
    url: 'https://example.com/orders/1042',
    link_status: (suffix ?? 'clicked').toUpperCase(),
    occurred_at: moment,
  };
}
