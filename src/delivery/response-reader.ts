/**
 * Reads one response within bounds: whatever an endpoint sends, at most 64 KiB of its body are taken and 4 KiB kept.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import type { AttemptReply } from '../domain/delivery.ts';

const bodyBytesReadMax = 64 * 1024;
const bodyBytesKeptMax = 4 * 1024;

const noBytes = Buffer.alloc(0);

export interface ResponseReader {
  /** Whether the final status has arrived. */
  readonly hasStatus: boolean;
  /** Informational responses (1xx) are passed over. */
  readHead(statusCode: number, headers: IncomingHttpHeaders): void;
  /** Whether more of the body is wanted. */
  readBody(chunk: Buffer): boolean;
  /** The response as it was read. */
  reply(): AttemptReply;
}

export function createResponseReader(): ResponseReader {
  let status: number | null = null;
  let retryAfter: string | null = null;
  let bytesRead = 0;
  let kept = noBytes;
  return {
    get hasStatus() {
      return status !== null;
    },
    readHead(statusCode, headers) {
      if (statusCode < 200) return;
      status = statusCode;
      retryAfter = firstValue(headers['retry-after']);
    },
    readBody(chunk) {
      // Copied: a chunk is a view of a far larger read buffer, which it would keep alive.
      if (kept.length < bodyBytesKeptMax)
        kept = Buffer.concat([kept, chunk.subarray(0, bodyBytesKeptMax - kept.length)]);
      bytesRead += chunk.length;
      return bytesRead < bodyBytesReadMax;
    },
    reply: () => ({ statusCode: status, responseBody: textOf(kept), retryAfter, error: null }),
  };
}

function firstValue(header: string | readonly string[] | undefined): string | null {
  return (typeof header === 'string' ? header : header?.[0]) ?? null;
}

/** UTF-8 without a character torn at the end, and without NUL, which PostgreSQL cannot store. Empty is null. */
function textOf(bytes: Buffer): string | null {
  if (bytes.length === 0) return null;
  return new StringDecoder('utf8').write(bytes).replaceAll('\0', '\ufffd');
}
