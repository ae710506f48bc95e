/**
 * The engine: everything that happens to a delivery after it was published. Puts the duties together; each of them
 * can be read alone. Stopping finishes or hands back what is in flight.
 */
import type { AttemptOutcome, LeasedDelivery } from '../domain/delivery.ts';
import type { Database } from '../storage/database.ts';
import { startCloser } from './closer.ts';
import { type DeliverRules, deliver } from './deliver.ts';
import { type Dispatcher, startDispatcher } from './dispatcher.ts';
import { createLoad } from './load.ts';
import type { Log } from './log.ts';
import { startPruner } from './pruner.ts';
import { createRecorder } from './recorder.ts';
import { startStager } from './stager.ts';

export interface Engine extends Pick<Dispatcher, 'wake' | 'paceOfPublishing' | 'offer' | 'accept'> {
  /** A webhook was deactivated or deleted: what it left behind can be closed. */
  closeUp(): void;
  readonly inFlight: number;
  /** @param graceMs how long what is in flight may go on before it is handed back to the queue */
  stop(graceMs: number): Promise<void>;
}

export interface EngineOptions {
  readonly db: Database;
  readonly rules: DeliverRules;
  /** The token of this process. */
  readonly lease: string;
  readonly maxInFlight: number;
  readonly maxInFlightPerWebhook: number;
  /** Failed deliveries in a row; 0: never. */
  readonly autoDisableAfter: number;
  readonly retentionDays: number;
  readonly onAttempted: (outcome: AttemptOutcome) => void;
  readonly log: Log;
}

/** A statement of so many is large enough. */
const outcomesEnoughMax = 128;

export function startEngine(options: EngineOptions): Engine {
  const { db, rules, log } = options;
  const load = createLoad();
  const closer = startCloser(db, log);
  const pruner = startPruner({ db, retentionDays: options.retentionDays, log });
  const recorder = createRecorder({
    db,
    disableAfter: options.autoDisableAfter,
    // Each of them holds a slot.
    outcomesEnough: Math.min(outcomesEnoughMax, Math.ceil(options.maxInFlight / 4)),
    log,
    onDisabled({ id, reason }) {
      log.warn({ webhookId: id, reason }, 'a webhook was disabled');
      closer.wake();
    },
  });
  const dispatcher = startDispatcher({
    ...options,
    // Not that of the wall: set back by an hour, it would renew no lease for an hour.
    clock: performance,
    load,
    send: (delivery: LeasedDelivery) => deliver(delivery, rules),
    record,
  });
  const stager = startStager({ db, log, onReady: dispatcher.wake });

  async function record(outcome: AttemptOutcome): Promise<void> {
    try {
      await recorder.record(outcome);
      options.onAttempted(outcome);
      if (outcome.retryInMs !== null) stager.wakeIn(outcome.retryInMs);
    } catch (error) {
      // Its lease is no longer renewed: the delivery is tried again when it is over.
      log.error({ err: error, deliveryId: outcome.delivery.id }, 'could not finish a delivery');
    }
  }

  return {
    wake(lanes) {
      // A notification that was missed, or a clock that was moved, may be about what is due as well.
      if (lanes === null) stager.wake();
      dispatcher.wake(lanes);
    },
    paceOfPublishing: dispatcher.paceOfPublishing,
    offer: dispatcher.offer,
    accept: dispatcher.accept,
    closeUp: closer.wake,
    get inFlight() {
      return dispatcher.inFlight;
    },
    async stop(graceMs) {
      recorder.hurry();
      const bound = setTimeout(() => recorder.close(), graceMs);
      await Promise.all([dispatcher.stop(graceMs), stager.stop(), closer.stop(), pruner.stop()]);
      clearTimeout(bound);
      recorder.close();
    },
  };
}
