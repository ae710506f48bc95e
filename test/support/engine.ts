/** The real engine over a real database and real sockets; only the clocks and the jitter are the test's. */
import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { EventEmitter, on } from 'node:events';
import { createAddressGuard } from '../../src/delivery/address-guard.ts';
import type { DeliverRules } from '../../src/delivery/deliver.ts';
import { type Engine, type EngineOptions, startEngine } from '../../src/delivery/engine.ts';
import { createKeyring } from '../../src/delivery/keyring.ts';
import type { Log } from '../../src/delivery/log.ts';
import { createSender } from '../../src/delivery/sender.ts';
import type { AttemptOutcome } from '../../src/domain/delivery.ts';
import type { Database } from '../../src/storage/database.ts';
import { advanceClock } from './database.ts';
import { secretBox } from './factory.ts';

export interface TestEngine extends Engine {
  /** The next attempt that was recorded; waits for it. */
  nextOutcome(): Promise<AttemptOutcome>;
  /** Moves the process's clock and the database's. */
  advance(milliseconds: number): Promise<void>;
  now(): number;
  /** Default: 5000. */
  close(graceMs?: number): Promise<void>;
}

/** Says nothing. */
export const silentLog: Log = { info() {}, warn() {}, error() {} };

export function startTestEngine(
  db: Database,
  {
    rules,
    ...options
  }: Partial<Omit<EngineOptions, 'rules'>> & { readonly rules?: Partial<DeliverRules> } = {},
): TestEngine {
  let offsetMs = 0;
  const clock = { now: () => Date.now() + offsetMs };
  const guard = createAddressGuard({
    allowedNetworks: ['127.0.0.0/8'],
    lookup: (hostname) => lookup(hostname, { all: true }),
  });
  const sender = createSender({ guard, clock });
  const emitter = new EventEmitter();
  const outcomes = on(emitter, 'outcome');
  const engine = startEngine({
    db,
    rules: {
      sender,
      keyring: createKeyring(secretBox),
      clock,
      randomFraction: () => 0.5,
      retrySchedule: [60, 120, 240, 480, 960],
      retryJitter: 0.1,
      userAgent: 'Posthorn/test',
      ...rules,
    },
    lease: randomUUID(),
    maxInFlight: 512,
    maxInFlightPerWebhook: 32,
    autoDisableAfter: 10,
    retentionDays: 30,
    log: silentLog,
    ...options,
    onAttempted: (outcome) => emitter.emit('outcome', outcome),
  });
  return {
    wake: engine.wake,
    paceOfPublishing: engine.paceOfPublishing,
    offer: engine.offer,
    accept: engine.accept,
    closeUp: engine.closeUp,
    get inFlight() {
      return engine.inFlight;
    },
    stop: engine.stop,
    now: clock.now,
    async nextOutcome() {
      const { value } = await outcomes.next();
      return value[0];
    },
    async advance(milliseconds) {
      offsetMs += milliseconds;
      await advanceClock(db, milliseconds);
      engine.wake(null);
    },
    async close(graceMs = 5000) {
      await engine.stop(graceMs);
      await sender.close();
    },
  };
}
