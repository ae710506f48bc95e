/**
 * The engine: everything that happens to a delivery after it was published. Puts the duties together; each of them
 * can be read alone. Stopping finishes or hands back what is in flight.
 */
import type { AttemptOutcome, LeasedDelivery } from '../domain/delivery.ts';
import type { Database } from '../storage/database.ts';
import { startCloser } from './closer.ts';
import { type DeliverRules, deliver } from './deliver.ts';
import { startDispatcher } from './dispatcher.ts';
import type { Log } from './log.ts';
import { startPruner } from './pruner.ts';
import { createRecorder } from './recorder.ts';

export interface Engine {
  /** There may be something due. */
  wake(): void;
  /** A webhook was deactivated or deleted: what it left behind can be closed. */
  closeUp(): void;
  readonly inFlight: number;
  /** @param graceMs how long what is in flight may go on before it is handed back to the queue */
  stop(graceMs: number): Promise<void>;
}

export interface EngineOptions {
  readonly db: Database;
  readonly rules: DeliverRules;
  readonly newLease: () => string;
  readonly maxInFlight: number;
  readonly maxInFlightPerWebhook: number;
  /** Failed deliveries in a row; 0: never. */
  readonly autoDisableAfter: number;
  readonly retentionDays: number;
  readonly onAttempted: (outcome: AttemptOutcome) => void;
  readonly log: Log;
}

export function startEngine(options: EngineOptions): Engine {
  const { db, rules, log } = options;
  const closer = startCloser(db, log);
  const pruner = startPruner({ db, retentionDays: options.retentionDays, log });
  const recorder = createRecorder({
    db,
    disableAfter: options.autoDisableAfter,
    log,
    onDisabled({ id, reason }) {
      log.warn({ webhookId: id, reason }, 'a webhook was disabled');
      closer.wake();
    },
  });
  const dispatcher = startDispatcher({ ...options, handle });

  async function handle(delivery: LeasedDelivery): Promise<void> {
    try {
      const outcome = await deliver(delivery, rules);
      await recorder.record(outcome);
      options.onAttempted(outcome);
      if (outcome.retryInMs !== null) dispatcher.wakeIn(outcome.retryInMs);
    } catch (error) {
      // The lease goes on: the delivery is tried again when it is over.
      log.error({ err: error, deliveryId: delivery.id }, 'could not finish a delivery');
    }
  }

  return {
    wake: dispatcher.wake,
    closeUp: closer.wake,
    get inFlight() {
      return dispatcher.inFlight;
    },
    async stop(graceMs) {
      const bound = setTimeout(() => recorder.close(), graceMs);
      await Promise.all([dispatcher.stop(graceMs), closer.stop(), pruner.stop()]);
      clearTimeout(bound);
      recorder.close();
    },
  };
}
