import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config.ts';
import type { AttemptReply } from '../domain/delivery.ts';
import type { SecretBox } from '../domain/secret-box.ts';
import type { Database } from '../storage/database.ts';
import type { Catalogue } from './catalogue.ts';
import type { Publisher } from './publisher.ts';

/** One test delivery, to be signed and posted at once. */
export interface TestDelivery {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly endpointUrl: string;
  readonly sealedSecret: string;
  readonly sealedPreviousSecret: string | null;
  readonly eventName: string;
  readonly body: string;
  readonly timeoutSeconds: number;
}

export interface TestReply extends AttemptReply {
  readonly startedAt: Date;
  readonly durationMs: number;
}

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
  readonly sendTest: (delivery: TestDelivery) => Promise<TestReply>;
  /** Wakes the engine after a change that made deliveries due or void. */
  readonly onDeliveriesAffected: () => void;
  readonly log: FastifyBaseLogger;
  /** Unix milliseconds. */
  readonly clock: { now(): number };
  readonly random: { bytes(size: number): Buffer };
  /** What is missing before requests can be served; empty: ready. */
  readonly readiness: () => Promise<string[]>;
  readonly metrics: () => Promise<{ contentType: string; body: string }>;
  readonly version: string;
}
