import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config.ts';
import type { Attempt, AttemptRequest, AttemptResult } from '../domain/delivery.ts';
import type { Lane } from '../domain/lane.ts';
import type { SecretBox } from '../domain/secret-box.ts';
import type { Database } from '../storage/database.ts';
import type { Catalogue } from './catalogue.ts';
import type { Publisher } from './publisher.ts';

/** All that the API is given; service.ts makes it. */
export interface ApiDependencies {
  readonly config: Config;
  readonly db: Database;
  readonly secretBox: SecretBox;
  readonly platformKey: string;
  readonly publisher: Publisher;
  readonly catalogue: Catalogue;
  /** Null: may be delivered to; otherwise the reason why not. */
  readonly checkEndpoint: (url: string) => Promise<string | null>;
  /** Signs and posts at once, outside of the queue. */
  readonly sendNow: (attempt: Attempt) => Promise<AttemptResult>;
  /** What an attempt of this moment sends; null when the webhook's secret cannot be read. */
  readonly requestOf: (attempt: Attempt, startedAt: Date) => AttemptRequest | null;
  /** Wakes the engine after a change that made deliveries void. */
  readonly onDeliveriesAffected: () => void;
  /** Something is ready to be sent in these lanes. */
  readonly onReady: (lanes: readonly Lane[]) => void;
  readonly log: FastifyBaseLogger;
  /** Unix milliseconds. */
  readonly clock: { now(): number };
  readonly random: { bytes(size: number): Buffer };
  /** What is missing before requests can be served; empty: ready. */
  readonly readiness: () => Promise<string[]>;
  readonly metrics: () => Promise<{ contentType: string; body: string }>;
  readonly version: string;
}
