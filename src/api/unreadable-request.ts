import type { Socket } from 'node:net';
import type { Config } from '../config.ts';
import { render } from './envelope.ts';

const complaints: ReadonlyMap<string | undefined, string> = new Map([
  ['HPE_HEADER_OVERFLOW', 'The request headers are too large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'The request took too long to arrive'],
]);

/** Answers what never became a request: broken HTTP, headers that are too large or too slow. */
export function createUnreadableRequestHandler(
  config: Config,
  clock: { now(): number },
  newRequestId: () => string,
) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    // Nothing was asked. Browsers open connections ahead of need: an answer would be taken for that to their next request.
    if (!socket.writable || socket.bytesRead === 0) {
      socket.destroy(error);
      return;
    }
    const requestId = newRequestId();
    const { body } = render(
      {
        refused: 'validationFailed',
        message: complaints.get(error.code) ?? 'The request is not valid HTTP',
      },
      { requestId, nowMs: clock.now(), errorDocsUrl: config.errorDocsUrl },
    );
    const head = [
      'HTTP/1.1 400 Bad Request',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${isHead(error) ? '' : body}`);
  };
}

/** Its answer has no body: what comes after the headers would be taken for another answer. */
function isHead(error: object): boolean {
  if (!('rawPacket' in error) || !Buffer.isBuffer(error.rawPacket)) return false;
  return error.rawPacket.subarray(0, 5).toString('latin1') === 'HEAD ';
}
