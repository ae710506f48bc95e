import { isIPv6 } from 'node:net';
import { type Config, isLoopback } from '../config.ts';
import type { RunningService } from '../service.ts';

type Welcome = Pick<RunningService, 'address' | 'firstRunKeys' | 'keysFile'>;
type Listening = Pick<Config, 'host' | 'allowedNetworks' | 'databaseUrl' | 'processes' | 'role'>;

/** What a person reads first; log lines follow. Keys are shown to a terminal only: what else is written is kept by somebody. */
export function startUpText(welcome: Welcome, config: Listening, isTerminal: boolean): string {
  const lines = [`Posthorn listens on ${boundAddress(welcome.address, config.host)}`];
  if (config.processes > 1) {
    lines.push(`${config.processes} processes serve there; --processes or POSTHORN_PROCESSES sets how many.`);
  }
  lines.push(...networkLines(config));
  const firstRun = isTerminal ? firstRunLines(welcome) : null;
  lines.push(...(firstRun ?? laterLines(welcome, config)));
  return `${lines.join('\n')}\n`;
}

/** What may be delivered to, where somebody might expect otherwise. */
function networkLines({ host, allowedNetworks, databaseUrl }: Listening): string[] {
  if (!isLoopback(host) && allowedNetworks.length === 0) {
    return [
      'Endpoints on loopback and private addresses are refused; POSTHORN_ALLOWED_NETWORKS allows them.',
    ];
  }
  const allowsLoopback = allowedNetworks.some((network) => /^(127\.|::1)/.test(network));
  // With a database server of its own it is no trial on somebody's desk any more, and strangers come through a proxy.
  if (databaseUrl === null || !isLoopback(host) || !allowsLoopback) return [];
  return ['Endpoints on loopback addresses may be delivered to; POSTHORN_ALLOWED_NETWORKS=none forbids it.'];
}

/** Null where no keys were made. */
function firstRunLines({ address, firstRunKeys, keysFile }: Welcome): string[] | null {
  if (firstRunKeys === null) return null;
  return [
    '',
    `Keys made at this first start${keysFile === null ? '' : `, kept in ${keysFile}`}; \`npx posthorn keys\` shows them again:`,
    `  platform key      ${firstRunKeys.platformKey}`,
    `  organization key  ${firstRunKeys.organizationKey}`,
    `  profile key       ${firstRunKeys.profileKey}`,
    `  profile id        ${firstRunKeys.profileId}`,
    '',
    'Next, in another terminal:',
    `  curl -H 'x-api-key: ${firstRunKeys.profileKey}' ${address}/v3/me`,
    'and then "A first delivery" in README.md, or: npm run demo',
    '',
  ];
}

function laterLines({ keysFile }: Welcome, { databaseUrl, role }: Listening): string[] {
  if (role === 'worker') return ['This worker serves /health and /metrics there; it has no API.'];
  if (databaseUrl !== null) {
    return ['Customers and their keys are made with the Platform API: docs/platform-api.md'];
  }
  return keysFile === null ? [] : [`\`npx posthorn keys\` shows the keys in ${keysFile}`];
}

/** With the host that was asked for: that of `address` is one of those behind it. */
function boundAddress(address: string, host: string): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${new URL(address).port}`;
}
