/** The contract on every answer (A3, A4): the four keys in their order, a code of the table, and the headers. */
import { errorTable } from '../../src/errors.ts';
import type { RawAnswer } from './raw-http.ts';

const knownErrors: ReadonlySet<string> = new Set(
  Object.values(errorTable).map(({ status, code }) => `${status} ${code}`),
);
const knownStatuses: ReadonlySet<number> = new Set(Object.values(errorTable).map(({ status }) => status));
const timestampForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?\+00:00$/;

/** What is wrong with the answer to a request that is no fault of the service; null: nothing. */
export function complaintAbout(answer: RawAnswer, method: string): string | null {
  const { status, headers, body } = answer;
  if (status >= 500) return `answered ${status}`;
  if (!/^req_[A-Za-z0-9]{10}$/.test(headers.get('x-request-id') ?? '')) return 'no X-Request-Id';
  if (status === 204) return body === '' ? null : 'a 204 with a body';
  if (headers.get('content-type') !== 'application/json; charset=utf-8') return 'not sent as JSON';
  if (method === 'HEAD') return status < 300 || knownStatuses.has(status) ? null : `answered ${status}`;
  return complaintAboutBody(answer);
}

function complaintAboutBody({ status, headers, body }: RawAnswer): string | null {
  const envelope: unknown = JSON.parse(body);
  if (!isFields(envelope) || !isFields(envelope.meta)) return 'no envelope';
  if (Object.keys(envelope).join() !== 'success,data,error,meta') return 'other keys in the envelope';
  const { success, data, error, meta } = envelope;
  if (Object.keys(meta).join() !== 'request_id,timestamp,version') return 'other keys in meta';
  if (meta.request_id !== headers.get('x-request-id')) return 'request_id is not that of the header';
  if (!timestampForm.test(String(meta.timestamp)) || meta.version !== 'v3') return 'another form of meta';
  if (success === true) return status < 300 && error === null ? null : 'a success that is none';
  return success === false && data === null ? complaintAboutError(status, error) : 'a failure that is none';
}

function complaintAboutError(status: number, error: unknown): string | null {
  if (!isFields(error)) return 'no error';
  const { code, message, details, doc_url: docUrl } = error;
  if (Object.keys(error).join() !== 'code,message,details,doc_url') return 'other keys in the error';
  if (!knownErrors.has(`${status} ${code}`)) return `${status} ${code} is not in the table of errors`;
  if (typeof message !== 'string' || message === '' || message.length > 100_000)
    return 'another form of message';
  if (docUrl !== `https://docs.sent.dm/errors/${code}`) return 'another doc_url';
  return details === null || isDetails(details) ? null : 'another form of details';
}

function isDetails(details: unknown): boolean {
  const isTexts = (texts: unknown) => Array.isArray(texts) && texts.every((text) => typeof text === 'string');
  return isFields(details) && Object.values(details).every(isTexts);
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
