import { errorTable } from '../errors.ts';
import { isRefusal, type Outcome, type Refusal } from './answer.ts';
import { momentText } from './moment.ts';
import { jsonText } from './raw-json.ts';

/** An answer as it will be sent; what a stored answer replays. */
export interface Rendered {
  readonly status: number;
  /** Empty for a 204. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface EnvelopeContext {
  readonly requestId: string;
  readonly nowMs: number;
  readonly errorDocsUrl: string;
}

/**
 * The four keys of every answer, in their order. Built as text: a payload inside the data stays as it was written, and
 * nothing is serialised twice.
 */
export function render(outcome: Outcome, context: EnvelopeContext): Rendered {
  if (isRefusal(outcome)) return renderRefusal(outcome, context);
  const headers = { ...(outcome.sandbox ? { 'X-Sandbox': 'true' } : {}), ...outcome.headers };
  const body = outcome.status === 204 ? '' : envelope(true, jsonText(outcome.data), 'null', context);
  return { status: outcome.status, body, headers };
}

function renderRefusal(refusal: Refusal, context: EnvelopeContext): Rendered {
  const { status, code, message } = errorTable[refusal.refused];
  const error = JSON.stringify({
    code,
    message: refusal.message ?? message,
    details: refusal.details ?? null,
    doc_url: `${context.errorDocsUrl}${code}`,
  });
  return { status, body: envelope(false, 'null', error, context), headers: refusal.headers ?? {} };
}

function envelope(success: boolean, data: string, error: string, context: EnvelopeContext): string {
  const timestamp = momentText(new Date(context.nowMs));
  const meta = `{"request_id":"${context.requestId}","timestamp":"${timestamp}","version":"v3"}`;
  return `{"success":${success},"data":${data},"error":${error},"meta":${meta}}`;
}
