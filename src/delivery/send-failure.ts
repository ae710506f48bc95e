/**
 * Puts what can go wrong between us and an endpoint into a sentence for the webhook's owner: true, without internals,
 * and never longer than a line.
 */
import type { TLSSocket } from 'node:tls';

/** A certificate may carry names by the thousand, and errors tell all of them. */
const foreignTextLengthMax = 200;

/** A connection that was not made; its message is the sentence. */
const connectFailureCode = 'POSTHORN_NOT_CONNECTED';

export function connectFailure(sentence: string): Error {
  return Object.assign(new Error(sentence), { code: connectFailureCode });
}

export function isConnectFailure(error: Error): boolean {
  return codeOf(error) === connectFailureCode;
}

const connectSentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused',
  ECONNRESET: 'The endpoint closed the connection before it answered',
  ETIMEDOUT: 'The endpoint did not accept the connection in time',
  EHOSTUNREACH: 'The host of the endpoint could not be reached',
  ENETUNREACH: 'The network of the endpoint could not be reached',
};

/** The sentence for an error while the TCP connection was made. */
export function describeConnectError(error: Error): string {
  return connectSentences[codeOf(error)] ?? `The connection could not be made (${codeOf(error)})`;
}

/** The sentence for an error after the TCP connection was made and before TLS was established. */
export function describeTlsError(error: Error, socket: TLSSocket): string {
  if (codeOf(error) === 'ECONNRESET') return 'The endpoint closed the connection during the TLS handshake';
  if (socket.authorizationError || codeOf(error) === 'ERR_TLS_CERT_ALTNAME_INVALID')
    // Node 24 adds advice for whoever runs it, after a semicolon.
    return `The TLS certificate was not accepted: ${shortened(error.message.replace(/;.*$/s, ''))}`;
  return `The TLS handshake failed: ${tlsReason(error) ?? codeOf(error)}`;
}

export interface ExchangeStage {
  /** The response had begun. */
  readonly hasStatus: boolean;
  /** The endpoint had said that it would send no more. */
  readonly hasEnded: boolean;
}

/** The sentence for an error of an exchange. */
export function describeExchangeError(error: Error, { hasStatus, hasEnded }: ExchangeStage): string {
  const code = codeOf(error);
  if (isConnectFailure(error)) return error.message;
  const reason = tlsReason(error);
  if (reason !== null) return `The TLS connection failed: ${reason}`;
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return 'The endpoint sent more than 32 KiB of headers after the body of its answer';
  // undici reads interim answers, but these two only where it has asked for them.
  if (error.message === 'bad response')
    return 'The endpoint answered 100 Continue, which it was not asked for';
  if (error.message === 'bad upgrade')
    return 'The endpoint answered 101 Switching Protocols, which it was not asked for';
  // Either is what undici makes of an answer that cannot be read and of one that has stopped.
  const isUnreadable = error.name === 'HTTPParserError' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';
  if (isUnreadable && !hasEnded) return 'The endpoint did not answer with valid HTTP';
  if (isUnreadable || isClosedByEndpoint(error))
    return hasStatus
      ? 'The endpoint closed the connection before its answer was complete'
      : 'The endpoint closed the connection before it answered';
  return `The request could not be completed (${code})`;
}

/** Whether the endpoint, or the network, ended the connection; undici's own refusals of a response are not that. */
export function isClosedByEndpoint(error: Error): boolean {
  const code = codeOf(error);
  return code === 'ECONNRESET' || code === 'EPIPE' || /^(other side )?closed$/.test(error.message);
}

/** OpenSSL's message names its source files and lines; its reason alone is in words. */
function tlsReason(error: Error): string | null {
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : null;
}

function shortened(text: string): string {
  return text.length > foreignTextLengthMax ? `${text.slice(0, foreignTextLengthMax)}…` : text;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
