import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { failureAdvice } from '../../dashboard/src/pages/deliveries/failure-advice.ts';
import {
  describeConnectError,
  describeExchangeError,
  describeTlsError,
} from '../../src/delivery/send-failure.ts';
import { judge } from '../../src/domain/outcome.ts';

const failing = (code: string) => Object.assign(new Error(code), { code });
const adviceForMessage = (error_message: string) => failureAdvice({ http_status_code: null, error_message });
const adviceForStatus = (statusCode: number) => {
  const reply = { statusCode, responseBody: null, retryAfter: null, error: null };
  const { errorMessage } = judge(reply, { attempts: 0, retryCount: 0 });
  return failureAdvice({ http_status_code: statusCode, error_message: errorMessage });
};

describe('the advice', () => {
  test.each([
    ['ECONNREFUSED', 'Nothing listens'],
    ['ECONNRESET', 'ended the connection'],
    ['ETIMEDOUT', 'No connection came about'],
    ['EHOSTUNREACH', 'No connection came about'],
    ['ENETUNREACH', 'No connection came about'],
  ])('for %s while connecting begins with its cause', (code, beginning) => {
    expect(adviceForMessage(describeConnectError(failing(code)))).toContain(beginning);
  });

  test('for TLS tells a wrong certificate from a handshake that fails', () => {
    const wrongName = failing('ERR_TLS_CERT_ALTNAME_INVALID');
    const socket = new TLSSocket(new Socket());
    expect(adviceForMessage(describeTlsError(wrongName, socket))).toContain(
      'The certificate of your endpoint',
    );
    expect(adviceForMessage(describeTlsError(failing('EPROTO'), socket))).toContain('No secure connection');
  });

  test('for a connection that is closed during the answer points to the log of the endpoint', () => {
    const message = describeExchangeError(failing('ECONNRESET'), { hasStatus: true, hasEnded: false });
    expect(adviceForMessage(message)).toContain('Look for a crash');
  });

  test.each([
    ['The name x.example could not be resolved', 'DNS record'],
    ['The address 10.0.0.1 is not public; its network must be listed', 'Private addresses'],
    ['The endpoint did not answer within 30 s', 'took too long'],
    ['Given up: the webhook is not active', 'activate it, and resend'],
  ])('for "%s" says what to do', (message, advice) => {
    expect(adviceForMessage(message)).toContain(advice);
  });

  test.each([
    [301, 'endpoint URL'],
    [401, 'by their signature'],
    [403, 'the new one'],
    [404, 'Correct the endpoint URL'],
    [410, 'Activate it again'],
    [429, 'Raise its limit'],
    [500, 'Its log at this time'],
    [503, 'Its log at this time'],
  ])('for status %i says what to do', (status, advice) => {
    expect(adviceForStatus(status)).toContain(advice);
  });

  test('there is some for every status that is no success, and none for success', () => {
    for (let status = 300; status < 600; status++) expect(adviceForStatus(status)).not.toBeNull();
    expect(adviceForStatus(200)).toBeNull();
  });
});
