/** The platform that publishes, in a process of its own. */
import type { Percentiles } from './percentiles.ts';
import { type Program, startProgram } from './program.ts';

export interface Publishing {
  readonly platformKey: string;
  /** Events go to these in turn. */
  readonly accountIds: readonly string[];
  readonly events: number;
  readonly payloadBytes: number;
}

export interface PublishingAsFastAsPossible extends Publishing {
  /** The connections are spread over these. */
  readonly origins: readonly string[];
  readonly eventsPerRequest: number;
  readonly connections: number;
}

export interface PublishingAtRate extends Publishing {
  readonly origin: string;
  readonly eventsPerSecond: number;
}

export interface Published {
  /** Just before the first request; wall clock, unix milliseconds. */
  readonly startedAt: number;
  /** Requests that were answered 503 and sent again. */
  readonly refusals: number;
  /** Milliseconds until the 202. */
  readonly answers: Percentiles;
}

export type LoadCalls = {
  publishAsFastAsPossible(publishing: PublishingAsFastAsPossible): Promise<Published>;
  /** One event a request, at even distances, whatever is still unanswered. */
  publishAtRate(publishing: PublishingAtRate): Promise<Published>;
};

export function startLoad(): Program<LoadCalls> {
  return startProgram<LoadCalls>('load-process.js');
}
