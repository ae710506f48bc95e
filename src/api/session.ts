import type { Account } from '../domain/account.ts';
import type { RateBucket, RateLimitState } from './rate-limit.ts';

/** Who calls, and as whom: an organization may act as one of its profiles. */
export interface Session {
  /** The account of the key. */
  readonly caller: Account;
  /** The account that the call reads and writes as. */
  readonly account: Account;
  readonly isScoped: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null before and without authentication by an account's key. */
    session: Session | null;
    /** Null before a token was taken. */
    rateLimit: RateLimitState | null;
  }
  interface FastifyContextConfig {
    /** What the operation does, for `An unexpected error occurred while creating the webhook`. */
    readonly doing?: string;
    readonly bucket?: RateBucket;
  }
}
