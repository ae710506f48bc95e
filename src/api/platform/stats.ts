import { Type } from 'typebox';
import { parseStatsRange } from '../../domain/stats-input.ts';
import { windowAt } from '../../domain/stats-window.ts';
import { readBacklog } from '../../storage/backlog.ts';
import { databaseNow } from '../../storage/clock.ts';
import { readDeliveryStats } from '../../storage/delivery-stats.ts';
import { readInventory } from '../../storage/inventory.ts';
import { invalid, type Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { PlatformCall, PlatformOperation } from '../operation.ts';
import { platformStatsSchema, platformStatsView } from '../schemas/platform-stats.ts';
import { reference } from '../schemas/shared.ts';
import { rangeSchema } from '../schemas/stats.ts';

export function platformStatsOperations(dependencies: ApiDependencies): readonly PlatformOperation[] {
  return [
    {
      method: 'GET',
      url: '/platform/v1/stats',
      doing: 'counting the deliveries',
      noun: 'statistics',
      described: {
        tag: 'Statistics',
        operationId: 'getPlatformStats',
        summary: 'Retrieve how deliveries of all accounts went over time, and what waits',
        query: Type.Object({ range: Type.Optional(rangeSchema) }),
        success: { status: 200, data: reference(platformStatsSchema) },
      },
      handle: (call) => retrieve(dependencies, call),
    },
  ];
}

async function retrieve({ db }: ApiDependencies, { query: asked }: PlatformCall): Promise<Outcome> {
  const query = parseStatsRange(asked);
  if (!query.ok) return invalid(query.error, 'always');
  const window = windowAt(query.value.range, await databaseNow(db));
  const inventory = await readInventory(db);
  const series = await readDeliveryStats(db, 'everybody', window);
  const backlog = await readBacklog(db, 'everybody');
  return { status: 200, data: platformStatsView(inventory, window, series, backlog) };
}
