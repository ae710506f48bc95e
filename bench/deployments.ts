/** Starts deployments on one PostgreSQL server, which is started when it is first needed, and knows what still runs. */
import {
  type Deployment,
  type DeploymentOptions,
  deployEmbedded,
  deployOnServer,
  type ServerDeployment,
  type ServerDeploymentOptions,
} from './deployment.ts';
import type { Options } from './options.ts';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';

export interface Deployments {
  /** Each with a new database. */
  deployEmbedded(options: DeploymentOptions): Promise<Deployment>;
  deployOnServer(options: ServerDeploymentOptions): Promise<ServerDeployment>;
  /** Null when none was needed. */
  postgresVersion(): Promise<string | null>;
  /** What a scenario that failed has left running. */
  stopDeployments(): Promise<void>;
  /** The server too. */
  close(): Promise<void>;
}

export function createDeployments(directory: string, { processes }: Options): Deployments {
  const running = new Set<() => Promise<void>>();
  const known = <Kind extends Deployment>(deployment: Kind): Kind => {
    const stop = async () => {
      if (running.delete(stop)) await deployment.stop();
    };
    running.add(stop);
    return { ...deployment, stop };
  };
  const stopDeployments = async () => {
    for (const stop of running) await stop();
  };
  let server: Promise<PostgresServer> | null = null;
  const postgres = () => {
    server ??= startPostgresServer(directory);
    return server;
  };
  return {
    deployEmbedded: async (options) => known(await deployEmbedded(directory, options)),
    async deployOnServer(options) {
      const wanted = processes === null ? options : { processes, ...options };
      return known(await deployOnServer(directory, await postgres(), wanted));
    },
    postgresVersion: async () => (await server)?.version ?? null,
    stopDeployments,
    async close() {
      await stopDeployments();
      await (await server)?.stop();
    },
  };
}
