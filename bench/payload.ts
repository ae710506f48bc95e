/** What is published and, around it, what arrives. */

export const eventName = 'message.delivered';

/** Found in the body by the receiver; first in the payload, so that the search ends early. */
export const publishedAtMark = '"published_at":';

/** A JSON object of about so many bytes that says when it was published. */
export function payloadText(bytes: number, publishedAtMs: number): string {
  const head = `{${publishedAtMark}${publishedAtMs.toFixed(3)},"message_id":"msg_01HZX","text":"`;
  return `${head}${filler(bytes - head.length - 2)}"}`;
}

/** The body that arrives at a webhook, for the bare loop to send the same. */
export function deliveredText(payloadBytes: number): string {
  const names = `"field":"message","event":"${eventName}","sub_type":"${eventName}"`;
  return `{${names},"timestamp":"2026-01-15T10:35:00Z","request_id":null,"payload":${payloadText(payloadBytes, Date.now())}}`;
}

const fillers = new Map<number, string>();

function filler(bytes: number): string {
  const known = fillers.get(bytes);
  if (known !== undefined) return known;
  const text = 'Your parcel is on its way. '
    .repeat(Math.ceil(Math.max(0, bytes) / 27))
    .slice(0, Math.max(0, bytes));
  fillers.set(bytes, text);
  return text;
}
