import type { RunningService } from '../service.ts';
import { type ChildMessage, isPrimaryMessage } from './process-messages.ts';

/** The primary process, as one of its children sees it. */
export interface Primary {
  /** Nobody hears it once the primary is gone. */
  tell(message: ChildMessage, onTold?: () => void): void;
  serving(service: RunningService): void;
  /** Null when the primary is gone. */
  metricsOfAll(): Promise<string | null>;
}

export function connectToPrimary(onStop: () => void): Primary {
  let service: RunningService | null = null;
  let scrapes = 0;
  const scraping = new Map<number, (text: string | null) => void>();

  const tell = (message: ChildMessage, onTold: () => void = () => {}) => {
    if (process.connected) process.send?.(message, undefined, {}, onTold);
    else onTold();
  };
  process.on('message', async (message) => {
    if (!isPrimaryMessage(message)) return;
    switch (message.tells) {
      case 'stop':
        return onStop();
      case 'total':
        return scraping.get(message.scrape)?.(message.text);
      case 'count':
        if (service !== null) {
          tell({ tells: 'counted', round: message.round, report: await service.metricsReport() });
        }
    }
  });
  process.on('disconnect', () => {
    for (const resolve of scraping.values()) resolve(null);
  });

  return {
    tell,
    serving(started) {
      service = started;
      tell({ tells: 'serving', address: started.address });
    },
    async metricsOfAll() {
      if (!process.connected) return null;
      const scrape = scrapes++;
      const answer = new Promise<string | null>((resolve) => scraping.set(scrape, resolve));
      tell({ tells: 'scraped', scrape });
      return answer.finally(() => scraping.delete(scrape));
    },
  };
}
