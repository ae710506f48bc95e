import { type Static, Type } from 'typebox';
import type { StatsBucket } from '../../domain/delivery-stats.ts';
import type { StatsWindow } from '../../domain/stats-window.ts';
import type { Backlog } from '../../storage/backlog.ts';
import type { Inventory } from '../../storage/inventory.ts';
import { countSchema, statsFields, statsView } from './stats.ts';

export const platformStatsSchema = Type.Object(
  {
    accounts: countSchema,
    webhooks: Type.Object({ active: countSchema, disabled: countSchema }, { additionalProperties: false }),
    ...statsFields,
  },
  { $id: 'PlatformStats', additionalProperties: false },
);

export function platformStatsView(
  { accounts, activeWebhooks, disabledWebhooks }: Inventory,
  window: StatsWindow,
  series: readonly StatsBucket[],
  backlog: Backlog,
): Static<typeof platformStatsSchema> {
  return {
    accounts,
    webhooks: { active: activeWebhooks, disabled: disabledWebhooks },
    ...statsView(window, series, backlog),
  };
}
