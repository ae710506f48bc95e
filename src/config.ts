/** The service's configuration as one frozen object; read from the environment once, in one place. */
import { isIPv4 } from 'node:net';
import { contradictions } from './config/contradictions.ts';
import { coreCount } from './config/cores.ts';
import { type Environment, masked, problemOf, textOf } from './config/reading.ts';
import type { Setting } from './config/setting.ts';
import { settings, table } from './config/settings.ts';
import { unknownVariables } from './config/unknown-variables.ts';
import { accept, type Result, refuse } from './domain/result.ts';

export type Role = 'all' | 'api' | 'worker';

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Null: embedded PostgreSQL in the data directory. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  /** Null: generated into the data directory. */
  readonly platformKey: string | null;
  /** 32-byte keys; the first encrypts, all decrypt. Null: generated into the data directory. */
  readonly secretKeys: readonly Buffer[] | null;
  readonly role: Role;
  /** That serve on this machine together, each with all of the limits below. */
  readonly processes: number;
  /** CIDRs that may be delivered to although they are not public. */
  readonly allowedNetworks: readonly string[];
  /** Addresses, with or without a port, that names of endpoints are asked of. Null: as the machine finds any name. */
  readonly dnsServers: readonly string[] | null;
  readonly requireHttps: boolean;
  readonly retryScheduleSeconds: readonly number[];
  /** 0–1: the largest share of a wait that is added to it at random. */
  readonly retryJitter: number;
  /** Failed deliveries in a row; 0: never. */
  readonly autoDisableAfter: number;
  readonly maxInFlight: number;
  readonly maxInFlightPerWebhook: number;
  readonly retentionDays: number;
  /** Requests a minute; 0: unlimited. */
  readonly rateLimits: { readonly standard: number; readonly rotate: number; readonly test: number };
  /** Different ones a minute and client, and of each as many times; 0: unlimited. */
  readonly wrongKeysMax: number;
  /** CIDRs of proxies that are believed who their client is. */
  readonly trustedProxies: readonly string[];
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Where error codes are explained; each error's doc_url is this and its code. */
  readonly errorDocsUrl: string;
}

/** What was given on the command line, and wins. */
export type GivenSettings = Partial<Pick<Config, 'processes'>>;

/** With eleven connections each they leave room in the hundred that PostgreSQL allows by default. */
const processesByDefaultMax = 8;

/** The configuration, or every problem of the environment at once, each a sentence. */
export function readConfig(
  environment: Environment = process.env,
  given: GivenSettings = {},
): Result<Config, readonly string[]> {
  const config = { ...buildConfig(environment), ...given };
  const problems = [
    ...settings.map((setting) => problemOf(setting, environment)).filter((problem) => problem !== null),
    ...unknownVariables(
      environment,
      settings.map(({ name }) => name),
    ),
    ...contradictions(config),
  ];
  return problems.length > 0 ? refuse(problems) : accept(Object.freeze(config));
}

/** Only DATABASE_URL, for work on the database that needs none of the rest. */
export function readDatabaseUrl(
  environment: Environment = process.env,
): Result<string | null, readonly string[]> {
  const text = textOf(table.databaseUrl, environment);
  const problem = problemOf(table.databaseUrl, environment);
  return problem === null ? accept(text) : refuse([problem]);
}

/** The option of `serve`. The error is what it must be. */
export function parseProcesses(text: string): Result<number, string> {
  const parsed = table.processes.parse(text);
  return parsed.ok && parsed.value !== null ? accept(parsed.value) : refuse(table.processes.accepts);
}

/** A row of `posthorn config`; secrets are masked. */
export interface ConfigRow {
  readonly name: string;
  /** What is in force, or what was written when that is wrong; `-` for one that is missing. */
  readonly value: string;
  readonly isSet: boolean;
  readonly default: string;
  readonly accepts: string;
  readonly meaning: string;
  readonly problem: string | null;
}

export function describeConfig(environment: Environment = process.env): ConfigRow[] {
  const { allowedNetworks, processes, trustedProxies } = buildConfig(environment);
  const dependent = new Map<Setting, string>([
    [table.allowedNetworks, allowedNetworks.join(',') || 'none'],
    [table.processes, String(processes)],
    [table.trustedProxies, trustedProxies.join(',') || 'none'],
  ]);
  return settings.map((setting) => {
    const text = textOf(setting, environment);
    const problem = problemOf(setting, environment);
    const unset = dependent.get(setting) ?? setting.default;
    const written = text === null || !setting.secret ? text : masked(text);
    return {
      name: setting.name,
      value: written ?? (problem === null ? unset : '-'),
      isSet: text !== null,
      default: setting.default,
      accepts: setting.accepts,
      meaning: setting.meaning,
      problem,
    };
  });
}

export function isLoopback(host: string): boolean {
  const isLoopbackV4 = isIPv4(host) && host.startsWith('127.');
  return isLoopbackV4 || host === '::1' || host.toLowerCase() === 'localhost';
}

function buildConfig(environment: Environment): Config {
  const read = <Value>(setting: Setting<Value>): Value => {
    const text = textOf(setting, environment);
    const parsed = text === null ? accept(setting.unset) : setting.parse(text);
    return parsed.ok ? parsed.value : setting.unset;
  };
  const host = read(table.host);
  const databaseUrl = read(table.databaseUrl);
  const processesByDefault = databaseUrl === null ? 1 : Math.min(coreCount(), processesByDefaultMax);
  const localByDefault = Object.freeze(isLoopback(host) ? ['127.0.0.0/8', '::1/128'] : []);
  return Object.freeze({
    host,
    port: read(table.port),
    databaseUrl,
    dataDir: read(table.dataDir),
    platformKey: read(table.platformKey),
    secretKeys: read(table.secretKeys),
    role: read(table.role),
    processes: read(table.processes) ?? processesByDefault,
    allowedNetworks: read(table.allowedNetworks) ?? localByDefault,
    dnsServers: read(table.dnsServers),
    requireHttps: read(table.requireHttps),
    retryScheduleSeconds: read(table.retryScheduleSeconds),
    retryJitter: read(table.retryJitter),
    autoDisableAfter: read(table.autoDisableAfter),
    maxInFlight: read(table.maxInFlight),
    maxInFlightPerWebhook: read(table.maxInFlightPerWebhook),
    retentionDays: read(table.retentionDays),
    rateLimits: Object.freeze({
      standard: read(table.rateLimit),
      rotate: read(table.rateLimitRotate),
      test: read(table.rateLimitTest),
    }),
    wrongKeysMax: read(table.rateLimitWrongKeys),
    // Who can connect to a loopback address from elsewhere does so through a proxy on this machine.
    trustedProxies: read(table.trustedProxies) ?? localByDefault,
    errorDocsUrl: read(table.errorDocsUrl),
    logLevel: read(table.logLevel),
  });
}
