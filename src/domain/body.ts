/**
 * The bytes that are delivered (contract C1). All but the first field is made once, when the event is published, and
 * never again: every webhook and every attempt gets the payload exactly as it was published.
 */
import { suffixOf } from './event-type.ts';

export interface BodyParts {
  /** The catalogue's name: `message.delivered`, or a parent such as `templates`. */
  readonly name: string;
  readonly timestamp: Date;
  readonly requestId: string | null;
  /** JSON text, taken over byte for byte. */
  readonly payload: string;
}

/** Everything of the body after its `field`. A parent-level event has neither `event` nor `sub_type`. */
export function bodyTail({ name, timestamp, requestId, payload }: BodyParts): string {
  const names = suffixOf(name) === null ? '' : `"event":"${name}","sub_type":"${name}",`;
  const moment = `${timestamp.toISOString().slice(0, 19)}Z`;
  return `${names}"timestamp":"${moment}","request_id":${JSON.stringify(requestId)},"payload":${payload}}`;
}

/** The whole body for a webhook that knows the family by `field`. */
export function deliveredBody(field: string, tail: string): string {
  return `{"field":"${field}",${tail}`;
}
