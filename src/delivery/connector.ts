/**
 * Makes connections for the sender, and only to addresses that the guard has passed: a literal address is checked, a
 * name is resolved once by the guard and the connection goes to what that gave.
 */
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { AddressGuard } from './address-guard.ts';
import { connectFailure, describeConnectError, describeTlsError, isConnectFailure } from './send-failure.ts';

/** What undici asks its connector for. */
interface ConnectTarget {
  readonly hostname: string;
  readonly protocol: string;
  /** Empty: the default of the protocol. */
  readonly port: string;
}

/** Called once, unless the socket is destroyed before. */
type ConnectCallback = (...outcome: [null, Socket] | [Error, null]) => void;

/** Starts to connect; the socket can be destroyed at any time. Null: the address is forbidden. */
export type Connector = (target: ConnectTarget, callback: ConnectCallback) => Socket | null;

export interface ConnectorOptions {
  readonly guard: AddressGuard;
  /** PEM certificates to trust instead of those that Node trusts. */
  readonly certificateAuthorities?: string;
}

export function createConnector({ guard, certificateAuthorities }: ConnectorOptions): Connector {
  const lookup = guardedLookup(guard);
  const tlsOptions = certificateAuthorities === undefined ? {} : { ca: certificateAuthorities };

  return ({ hostname, protocol, port }, callback) => {
    const forbidden = isIP(hostname) === 0 ? null : guard.checkAddress(hostname);
    if (forbidden !== null) {
      process.nextTick(callback, connectFailure(sentence(forbidden)), null);
      return null;
    }
    if (protocol === 'https:') {
      // Sessions are not resumed: Node does not compare the certificate with the name again when one is.
      const servername = isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : '';
      const address = { host: hostname, port: Number(port || 443), lookup };
      const socket = connectTls({ ...address, ...tlsOptions, servername, ALPNProtocols: ['http/1.1'] });
      return watch(socket, 'secureConnect', tlsSentence(socket), callback);
    }
    const socket = connectTcp({ host: hostname, port: Number(port || 80), lookup });
    return watch(socket, 'connect', describeConnectError, callback);
  };
}

function watch(
  socket: Socket,
  established: 'connect' | 'secureConnect',
  describe: (error: Error) => string,
  callback: ConnectCallback,
): Socket {
  let isEstablished = false;
  socket.setNoDelay(true);
  socket.once(established, () => {
    isEstablished = true;
    callback(null, socket);
  });
  socket.on('error', (error) => {
    // Later errors belong to the exchange that uses the connection, and arrive there too.
    if (isEstablished) return;
    callback(isConnectFailure(error) ? error : connectFailure(describe(error)), null);
  });
  return socket;
}

function tlsSentence(socket: TLSSocket): (error: Error) => string {
  let isTcpConnected = false;
  socket.once('connect', () => {
    isTcpConnected = true;
  });
  return (error) => (isTcpConnected ? describeTlsError(error, socket) : describeConnectError(error));
}

function guardedLookup(guard: AddressGuard): LookupFunction {
  return (hostname, options, callback) => {
    void guard.resolve(hostname).then((resolved) => {
      if (!resolved.ok) return callback(connectFailure(sentence(resolved.error)), []);
      const [first] = resolved.value;
      if (options.all || first === undefined) return callback(null, resolved.value);
      return callback(null, first.address, first.family);
    });
  };
}

function sentence(reason: string): string {
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}
