/** The one table of settings (contract D): reading, `posthorn config` and docs/configuration.md follow from it. */
import {
  decimal,
  encryptionKey,
  integer,
  listOf,
  matching,
  nameServer,
  networks,
  oneOf,
  postgresUrl,
  trueOrFalse,
  urlPrefix,
} from './parsers.ts';
import { optional, type Setting, secret, withDefault } from './setting.ts';

const hostName = matching(/^[A-Za-z0-9._:-]+$/, 'a host name or an IP address, without port and brackets');
const path = matching(/^[^\0]+$/, 'a path');
const headerText = matching(/^[\x21-\x7e]{1,255}$/, '1 to 255 printable ASCII characters without spaces');
const encryptionKeys = listOf(
  encryptionKey,
  '32 bytes in base64 as `openssl rand -base64 32` makes them, or several such keys separated by commas',
);
const delays = listOf(decimal(0, 604_800), 'seconds from 0 to 604800, separated by commas');
const nameServers = listOf(
  nameServer,
  'IP addresses, each with or without a port, such as 10.0.0.2,10.0.0.3:5353,[fd00::2]:53 separated by commas',
);
const requestsPerMinute = integer(0, 1_000_000);

export const table = {
  host: withDefault(
    'HOST',
    '127.0.0.1',
    hostName,
    'Address to listen on. 0.0.0.0 listens on every interface.',
  ),
  port: withDefault('PORT', '4000', integer(0, 65_535), 'Port to listen on. 0 takes any free port.'),
  databaseUrl: secret(
    optional(
      'DATABASE_URL',
      'unset',
      postgresUrl,
      'PostgreSQL 15 or newer. Unset: embedded PostgreSQL (PGlite) in the data directory.',
    ),
  ),
  dataDir: withDefault(
    'POSTHORN_DATA_DIR',
    './data',
    path,
    'Directory of the embedded database and the generated keys. A second process on it is refused.',
  ),
  platformKey: secret(
    optional(
      'POSTHORN_PLATFORM_KEY',
      'generated once into the data directory',
      headerText,
      'The key of the Platform API. Required with DATABASE_URL.',
    ),
  ),
  secretKeys: secret(
    optional(
      'POSTHORN_SECRET_KEY',
      'generated once into the data directory',
      encryptionKeys,
      'Encrypts secrets at rest. Required with DATABASE_URL. A list `new,old` rotates it: the first key ' +
        'encrypts, all decrypt.',
    ),
  ),
  role: withDefault(
    'POSTHORN_ROLE',
    'all',
    oneOf(['all', 'api', 'worker']),
    'What this process does: serve the API, deliver, or both.',
  ),
  processes: optional(
    'POSTHORN_PROCESSES',
    'one per core and at most 8 with DATABASE_URL, else 1',
    integer(1, 64),
    'Processes that `serve` runs on this machine, on one port. Its option --processes wins.',
  ),
  allowedNetworks: optional(
    'POSTHORN_ALLOWED_NETWORKS',
    'loopback when HOST is loopback, else none',
    networks,
    'Networks (CIDRs) that may be delivered to although their addresses are not public.',
  ),
  dnsServers: optional(
    'POSTHORN_DNS_SERVERS',
    'the resolver of the machine',
    nameServers,
    'Name servers that the names of endpoints are asked of, each in its turn until one answers.',
  ),
  requireHttps: withDefault(
    'POSTHORN_REQUIRE_HTTPS',
    'false',
    trueOrFalse,
    'Whether the URL of a new or changed webhook must be https.',
  ),
  retryScheduleSeconds: withDefault(
    'POSTHORN_RETRY_SCHEDULE',
    '60,120,240,480,960',
    delays,
    'Seconds before each retry; fractions are allowed.',
  ),
  retryJitter: withDefault(
    'POSTHORN_RETRY_JITTER',
    '0.1',
    decimal(0, 1),
    'The largest share of a wait that is added to it at random.',
  ),
  autoDisableAfter: withDefault(
    'POSTHORN_AUTO_DISABLE_AFTER',
    '10',
    integer(0, 1_000_000),
    'Failed deliveries in a row that disable a webhook. 0: never.',
  ),
  maxInFlight: withDefault(
    'POSTHORN_MAX_IN_FLIGHT',
    '512',
    integer(1, 65_535),
    'Deliveries that each process sends at the same time.',
  ),
  maxInFlightPerWebhook: withDefault(
    'POSTHORN_MAX_IN_FLIGHT_PER_WEBHOOK',
    '32',
    integer(1, 65_535),
    'Deliveries that each process sends to one webhook at the same time.',
  ),
  retentionDays: withDefault(
    'POSTHORN_RETENTION_DAYS',
    '30',
    integer(1, 36_500),
    'Days after which events, deliveries, attempts and statistics are dropped.',
  ),
  rateLimit: withDefault(
    'POSTHORN_RATE_LIMIT',
    '200',
    requestsPerMinute,
    'Requests a minute and account. 0: unlimited.',
  ),
  rateLimitRotate: withDefault(
    'POSTHORN_RATE_LIMIT_ROTATE',
    '10',
    requestsPerMinute,
    'Secret rotations a minute and account. 0: unlimited.',
  ),
  rateLimitTest: withDefault(
    'POSTHORN_RATE_LIMIT_TEST',
    '60',
    requestsPerMinute,
    'Test deliveries and resends a minute and account. 0: unlimited.',
  ),
  rateLimitWrongKeys: withDefault(
    'POSTHORN_RATE_LIMIT_WRONG_KEYS',
    '20',
    requestsPerMinute,
    'Different wrong API keys a minute and client address, and of each as many times, before no further is looked at ' +
      'for a minute. 0: unlimited.',
  ),
  trustedProxies: optional(
    'POSTHORN_TRUSTED_PROXIES',
    'loopback when HOST is loopback, else none',
    networks,
    'Networks (CIDRs) of proxies whose X-Forwarded-For names the client.',
  ),
  errorDocsUrl: withDefault(
    'POSTHORN_ERROR_DOCS_URL',
    'https://docs.sent.dm/errors/',
    urlPrefix,
    'Where error codes are explained: the doc_url of an error is this and its code.',
  ),
  logLevel: withDefault(
    'LOG_LEVEL',
    'info',
    oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    'The least severe log lines that are written.',
  ),
} as const satisfies Record<string, Setting>;

export const settings: readonly Setting[] = Object.values(table);
