/**
 * The one place that builds. Opens the database, checks that it can be served, puts the engine and the API together
 * and listens; closing undoes it in the opposite order.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { createCatalogue } from './api/catalogue.ts';
import type { ApiDependencies } from './api/dependencies.ts';
import { createPublisher } from './api/publisher.ts';
import { buildServer } from './api/server.ts';
import type { Config } from './config.ts';
import { attempt, requestOf } from './delivery/deliver.ts';
import { type Engine, startEngine } from './delivery/engine.ts';
import type { AttemptOutcome } from './domain/delivery.ts';
import { accept, type Result } from './domain/result.ts';
import { attemptFields, createLog } from './log.ts';
import { createMetrics, type MetricsReport } from './metrics.ts';
import { createOutbound } from './outbound.ts';
import type { FirstRunKeys } from './storage/data-directory.ts';
import { ping } from './storage/ping.ts';
import { createWakeups } from './storage/wakeups.ts';
import { type OpenStore, openStore } from './store.ts';
import { version } from './version.ts';

export interface RunningService {
  /** `http://127.0.0.1:4000` */
  readonly address: string;
  /** Only at the first start of a data directory. */
  readonly firstRunKeys: FirstRunKeys | null;
  /** Where those keys are kept; null with DATABASE_URL, and when the file is gone. */
  readonly keysFile: string | null;
  /** What this process alone has counted. */
  readonly metricsReport: () => Promise<MetricsReport>;
  /** Finishes or hands back what is in flight; resolves within about ten seconds. May be called again. */
  close(): Promise<void>;
}

/** Below the ten seconds after which container runtimes kill. */
const shutdownGraceMs = 8000;
/** Handing back, after that: a database that is silent does not keep the process. What it held comes back by itself. */
const shutdownRestMs = 500;

/** An embedded database that is not closed by then is recovered at the next start, as after a kill. */
const closeMsMax = 1500;

const clock = { now: () => Date.now() };
const random = { bytes: (size: number) => randomBytes(size), fraction: () => Math.random() };

export interface Starter {
  /** Told, in a sentence, what the start waits for. */
  readonly notify?: (sentence: string) => void;
  /** What /metrics shows of all processes of this command; null when only this one can be shown. */
  readonly metricsOfAll?: () => Promise<string | null>;
}

/** The error is a sentence that says what to do. */
export async function startService(
  config: Config,
  { notify = () => {}, metricsOfAll = async () => null }: Starter = {},
): Promise<Result<RunningService, string>> {
  const log = createLog(config.logLevel);
  const opened = await openStore(config, { log, clock, random, notify });
  if (!opened.ok) return opened;
  const store = opened.value;
  try {
    return accept(await serve(config, store, log, metricsOfAll));
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function serve(
  config: Config,
  store: OpenStore,
  log: Logger,
  metricsOfAll: () => Promise<string | null>,
): Promise<RunningService> {
  const { db, secretBox } = store;
  const wakeups = await createWakeups(db, randomUUID(), (error) =>
    log.warn({ err: error }, 'could not notify'),
  );
  const { guard, sender, rules } = createOutbound(config, secretBox, { clock, random });
  const onAttempted = (outcome: AttemptOutcome) => {
    metrics.attempted(outcome);
    if (log.isLevelEnabled('debug')) log.debug(attemptFields(outcome), 'attempted a delivery');
  };
  const metrics = createMetrics(() => engine?.inFlight ?? 0);
  const engine: Engine | null =
    config.role === 'api'
      ? null
      : startEngine({ ...config, db, rules, lease: randomUUID(), log, onAttempted });
  wakeups.onSignal((lanes) => engine?.wake(lanes));

  const dependencies: ApiDependencies = {
    config,
    db,
    secretBox,
    platformKey: store.platformKey,
    publisher: createPublisher({
      db,
      pace: (eventsWaiting) => engine?.paceOfPublishing(eventsWaiting) ?? Number.POSITIVE_INFINITY,
      offer: () => engine?.offer() ?? null,
      onPublished(published, offer) {
        if (offer !== null) engine?.accept(offer, published);
        metrics.published(published.events);
        if (published.ready.length > 0) wakeups.signal(published.ready);
      },
    }),
    catalogue: createCatalogue(db, clock),
    checkEndpoint: guard.checkUrl,
    sendNow: (one) => attempt(one, rules),
    requestOf: (one, startedAt) => requestOf(one, startedAt, rules),
    onDeliveriesAffected: () => engine?.closeUp(),
    onReady: wakeups.signal,
    log,
    clock,
    random,
    readiness: async () => ((await ping(db)) ? [] : ['database']),
    metrics: async () => ({
      contentType: metrics.contentType,
      body: (await metricsOfAll()) ?? (await metrics.render()),
    }),
    version,
  };
  const server = await buildServer(dependencies, {
    serves: config.role === 'worker' ? 'health' : 'everything',
  });

  async function stop(): Promise<void> {
    log.info({ deliveriesInFlight: engine?.inFlight ?? 0 }, 'stopping');
    try {
      await Promise.all([
        within(shutdownGraceMs, server.close()),
        within(shutdownGraceMs + shutdownRestMs, engine?.stop(shutdownGraceMs)),
      ]);
    } finally {
      wakeups.close();
      await sender.close().finally(() => within(closeMsMax, store.close()));
    }
  }

  let stopping: Promise<void> | null = null;
  const close = () => {
    stopping ??= stop();
    return stopping;
  };
  try {
    const address = await server.listen({ host: config.host, port: config.port });
    const { firstRunKeys, keysFile } = store;
    return { address, firstRunKeys, keysFile, metricsReport: metrics.report, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Resolves when the work has ended, or the time. */
async function within(milliseconds: number, work: PromiseLike<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, end]).finally(() => clearTimeout(timer));
}
