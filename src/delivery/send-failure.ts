/**
 * Puts what can go wrong between us and an endpoint into a sentence for the webhook's owner: true, without internals,
 * and never longer than a line.
 */
import type { TLSSocket } from 'node:tls';

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
    return `The TLS certificate was not accepted: ${error.message.replace(/;.*$/s, '')}`;
  // OpenSSL's message names its source files and lines; its reason alone is in words.
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : codeOf(error);
  return `The TLS handshake failed: ${reason}`;
}

/** The sentence for an error of an exchange; `hasStatus`: the response had begun. */
export function describeExchangeError(error: Error, hasStatus: boolean): string {
  const code = codeOf(error);
  if (isConnectFailure(error)) return error.message;
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'The headers of the response were larger than 16 KiB';
  if (error.name === 'HTTPParserError' || /^bad (response|upgrade)$/.test(error.message))
    return 'The endpoint did not answer with valid HTTP';
  if (isClosedByEndpoint(error) || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
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

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
