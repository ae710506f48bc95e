/** A watched service whose database fails, and what has to be true of it afterwards. */
import { expect } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { type Figure, recordFigure } from './figures.ts';
import {
  type Answer,
  type Asked,
  openDirect,
  startWatchedService,
  type WatchedService,
} from './watched-service.ts';

export interface DatabaseOutage extends WatchedService {
  /** Past everything that fails. */
  readonly direct: Database;
  /** After each fault: resolves once it takes events again. */
  recovers(): Promise<void>;
  /** Expects that all works again, that nothing was lost and that every answer was true, and records the figure. */
  recordRecovery(figure: Pick<Figure, 'what' | 'tried'>): Promise<void>;
}

/** @param servedBy the URL that the service has, where it is not the database's own */
export async function startOutage(databaseUrl: string, servedBy = databaseUrl): Promise<DatabaseOutage> {
  const watched = await startWatchedService(servedBy);
  const direct = openDirect(databaseUrl);
  await watched.answer(202, ['publish']);
  let survived = 0;
  return {
    ...watched,
    direct,
    async recovers() {
      await watched.answer(202, ['publish']);
      survived++;
    },
    async recordRecovery(figure) {
      await watched.answer(200, ['list', 'idempotent', 'ready']);
      const settled = await watched.settle(direct);
      expectTruthful(watched.answers);
      expect(settled.lost).toBe(0);
      await recordFigure({
        topic: 'Database',
        ...figure,
        survived,
        lost: settled.lost,
        duplicated: settled.sentTwice,
        note: `${settled.acknowledged} events acknowledged, ${settled.refused} requests refused, longest answer ${settled.longestMs} ms`,
      });
    },
    async close() {
      await watched.close();
      await direct.close();
    },
  };
}

/**
 * However silent the database is: what is asked of it by name is given up after 10 s, and anything else after 30 s. Before
 * that a connection may be waited for, and the machine may be busy.
 */
const boundsMs: Record<Asked, number> = {
  publish: 25_000,
  idempotent: 45_000,
  list: 45_000,
  ready: 25_000,
  live: 15_000,
};

/** Whatever was answered, it was an answer, in time, and a refusal said what the contract says. */
function expectTruthful(answers: readonly Answer[]): void {
  const isKnown = ({ asked: about, status, code, retryAfter }: Answer) =>
    status === 200 ||
    status === 202 ||
    (status === 503 && (about === 'ready' || (code === 'SERVICE_001' && Number(retryAfter) >= 1)));
  expect(answers.filter((answer) => !isKnown(answer))).toEqual([]);
  expect(answers.filter(({ asked: about, tookMs }) => tookMs > boundsMs[about])).toEqual([]);
  expect(answers.filter(({ asked: about, status }) => about === 'live' && status !== 200)).toEqual([]);
}
