/** Endpoints whose TLS is wrong, and what the owner of the webhook is told. */
import type { TlsOptions } from 'node:tls';
import {
  certificateKey,
  expiredCertificate,
  futureCertificate,
  goodCertificate,
  otherCertificate,
} from './bad-certificates.ts';
import { answer, atOnce, drip, type Misbehaviour, silence } from './bad-receiver.ts';
import { testCertificate } from './tls-certificate.ts';

export interface BadTlsReceiver {
  readonly name: string;
  /** Behind TLS; without `tls` in place of it. */
  readonly plays: Misbehaviour;
  readonly tls: TlsOptions | null;
  readonly status: number | null;
  /** The words of OpenSSL differ between versions of Node. */
  readonly message: RegExp | null;
}

const fine = answer('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
const notAccepted = (why: string) => new RegExp(`^The TLS certificate was not accepted: ${why}$`);
const failed = /^The TLS handshake failed: [\w ]+$/;
const closed = /^The endpoint closed the connection (during the TLS handshake|before it answered)$/;
const late = /^The endpoint did not finish the TLS handshake within 5 s$/;

const certificate = (cert: string): TlsOptions => ({ cert, key: certificateKey });

export const badTlsReceivers: readonly BadTlsReceiver[] = [
  {
    name: 'has a certificate that is right',
    plays: fine,
    tls: certificate(goodCertificate),
    status: 200,
    message: null,
  },
  ...[
    {
      name: 'has an expired certificate',
      tls: certificate(expiredCertificate),
      why: 'certificate has expired',
    },
    {
      name: 'has a certificate of the future',
      tls: certificate(futureCertificate),
      why: 'certificate is not yet valid',
    },
    { name: 'has a self-signed certificate', tls: testCertificate, why: 'self-signed certificate' },
    {
      name: 'has a certificate for many other names',
      tls: certificate(otherCertificate),
      why: ".{0,200}does not match certificate's altnames.{0,200}…",
    },
  ].map(({ name, tls, why }) => ({ name, plays: fine, tls, status: null, message: notAccepted(why) })),
  {
    name: 'speaks HTTP/2 only',
    plays: fine,
    tls: { ...certificate(goodCertificate), ALPNProtocols: ['h2'] },
    status: null,
    message: failed,
  },
  {
    name: 'wants a certificate of the service',
    plays: fine,
    tls: { ...certificate(goodCertificate), requestCert: true, rejectUnauthorized: true },
    status: null,
    message: /^(The TLS connection failed: [\w ]+|The endpoint closed the connection before it answered)$/,
  },
  {
    name: 'hangs behind TLS',
    plays: silence,
    tls: certificate(goodCertificate),
    status: null,
    message: /^The endpoint did not answer within 5 s$/,
  },
  ...[
    { name: 'answers TLS with HTTP', plays: fine, message: failed },
    { name: 'answers TLS with zeros', plays: answer(Buffer.alloc(1000)), message: failed },
    {
      name: 'sends an alert',
      plays: answer(Buffer.from('15030100020228', 'hex')),
      message: failed,
    },
    { name: 'never begins the handshake', plays: silence, message: late },
    {
      name: 'drips the handshake',
      plays: drip('\x16\x03\x03\x3f\xff', '\x02', 50),
      message: late,
    },
    { name: 'closes within the handshake', plays: atOnce((socket) => socket.end()), message: closed },
    {
      name: 'resets within the handshake',
      plays: atOnce((socket) => socket.resetAndDestroy()),
      message: closed,
    },
  ].map((receiver) => ({ ...receiver, tls: null, status: null })),
];
