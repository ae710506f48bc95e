import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { takeToken } from '../storage/rate-limits.ts';
import type { Refusal } from './answer.ts';
import type { ApiDependencies } from './dependencies.ts';

export type RateBucket = 'standard' | 'rotate' | 'test';

export interface RateLimitState {
  /** Requests a minute. */
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: Date;
}

/** The contract's bursts, and the share of a higher limit that a burst grows to with it. */
const bursts: Record<RateBucket, { readonly least: number; readonly share: number }> = {
  standard: { least: 50, share: 50 / 200 },
  rotate: { least: 5, share: 5 / 10 },
  test: { least: 60, share: 1 },
};

function limitOf(config: Config, bucket: RateBucket): { perMinute: number; burst: number } {
  const perMinute = config.rateLimits[bucket];
  const { least, share } = bursts[bucket];
  return { perMinute, burst: Math.min(perMinute, Math.max(least, Math.floor(perMinute * share))) };
}

/** Takes one request from the caller's bucket for this operation; a limit of 0 is none. */
export async function takeRequest(
  dependencies: ApiDependencies,
  request: FastifyRequest,
  callerId: string,
): Promise<Refusal | null> {
  const bucket = request.routeOptions.config.bucket ?? 'standard';
  const limit = limitOf(dependencies.config, bucket);
  if (limit.perMinute === 0) return null;
  const token = await takeToken(dependencies.db, callerId, bucket, limit);
  request.rateLimit = { limit: limit.perMinute, remaining: token.remaining, resetAt: token.resetAt };
  if (token.allowed) return null;
  return { refused: 'rateLimitExceeded', headers: { 'Retry-After': String(token.retryAfterSeconds) } };
}

/** For who is refused whatever the bucket holds. */
export function showNoneLeft(request: FastifyRequest, config: Config, resetAt: Date): void {
  const { perMinute } = limitOf(config, request.routeOptions.config.bucket ?? 'standard');
  request.rateLimit = { limit: perMinute, remaining: 0, resetAt };
}

/** Every answer below /v3 shows a limit; before the caller is known, the usual one, untouched. */
export function rateLimitHeaders(
  request: FastifyRequest,
  config: Config,
  nowMs: number,
): Record<string, string> {
  if (!/^\/+v3(?:[/?]|$)/.test(request.url)) return {};
  const limit = limitOf(config, request.routeOptions.config.bucket ?? 'standard');
  if (limit.perMinute === 0) return {};
  const state = request.rateLimit ?? {
    limit: limit.perMinute,
    remaining: limit.burst,
    resetAt: new Date(nowMs),
  };
  return {
    'X-RateLimit-Limit': String(state.limit),
    'X-RateLimit-Remaining': String(state.remaining),
    'X-RateLimit-Reset': String(Math.ceil(state.resetAt.getTime() / 1000)),
  };
}
