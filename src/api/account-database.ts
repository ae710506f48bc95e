/**
 * The database as an account's requests get it: statements and transactions take turns. A log that is searched for long, or
 * rows that are locked, hold up their own account; others find a connection, and so do authentication, publishing and
 * deliveries, which do not wait here.
 */
import type { Database } from '../storage/database.ts';
import { createTurns } from './turns.ts';

/** Of the six connections that such statements share with all that is brief. */
const atOnceMax = 4;
const atOnceOfOneMax = 2;
/** As many as the usual rate limit lets through in a minute. */
const waitingOfOneMax = 200;
/** Before most clients lose their patience. */
const waitMsMax = 10_000;

/** @returns the database for requests of one account; not for use within one of its transactions, which would wait for itself */
export function createAccountDatabases(db: Database): (accountId: string) => Database {
  const turns = createTurns({ atOnceMax, atOnceOfOneMax, waitingOfOneMax, waitMsMax });
  return (accountId) => ({
    ...db,
    query: (statement, name) => turns.take(accountId, () => db.query(statement, name)),
    execute: (script) => turns.take(accountId, () => db.execute(script)),
    transaction: (work) => turns.take(accountId, () => db.transaction(work)),
  });
}
