import type { Account } from '../domain/account.ts';
import type { Database } from '../storage/database.ts';
import type { Outcome } from './answer.ts';
import type { Effect } from './idempotency.ts';
import type { RequestBody } from './json-body.ts';
import type { RateBucket } from './rate-limit.ts';
import type { OperationDescription } from './schemas/operation.ts';

export type Query = Readonly<Record<string, unknown>>;

/** What every operation of both APIs declares; the routes and the OpenAPI document are made from it. */
interface OperationBase {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  /** For `An unexpected error occurred while creating the webhook`. */
  readonly doing: string;
  readonly described: OperationDescription;
}

export interface AccountCall {
  readonly account: Account;
  /** In the account's turns; an effect is given its transaction instead. */
  readonly db: Database;
  /** The ids in the path, of a webhook and of an item of its log: known to be UUIDs, empty where the path has none. */
  readonly id: string;
  readonly eventId: string;
  readonly query: Query;
  /** Undefined without a body. */
  readonly body: unknown;
}

/** An operation of /v3. A change is returned as an effect, which then runs in a transaction. */
export interface AccountOperation extends OperationBase {
  /** Its own rate limit, instead of the standard one. */
  readonly bucket?: RateBucket;
  readonly handle: (call: AccountCall) => Promise<Outcome | Effect>;
}

export interface PlatformCall {
  /** Parts of the path, empty where it has none: `id` and `keyId` are known to be UUIDs. */
  readonly id: string;
  readonly keyId: string;
  readonly name: string;
  readonly query: Query;
  readonly body: RequestBody;
}

/** An operation of the Platform API. */
export interface PlatformOperation extends OperationBase {
  /** What `id` names, for `Invalid account ID format.` */
  readonly noun: string;
  /** Bytes; 256 KiB unless told. */
  readonly bodyLimit?: number;
  readonly handle: (call: PlatformCall) => Promise<Outcome>;
}
