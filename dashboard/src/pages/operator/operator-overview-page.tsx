import { useState } from 'react';
import type { StatsRange } from '../../api/schemas.ts';
import { usePlatformStats } from '../../api/stats.ts';
import { countText } from '../../parts/count-text.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';
import { Figure } from '../../statistics/figure.tsx';
import { RangeSwitch } from '../../statistics/range-switch.tsx';
import { StatisticsView } from '../../statistics/statistics-view.tsx';

export function OperatorOverviewPage() {
  const [range, setRange] = useState<StatsRange>('24h');
  const stats = usePlatformStats(range);
  return (
    <Page title="Overview" actions={<RangeSwitch value={range} onChange={setRange} />}>
      <QueryView query={stats} what="statistics">
        {(found) => (
          <StatisticsView stats={found}>
            <Figure label="Accounts" value={countText(found.accounts)} href="#/accounts">
              of every type
            </Figure>
            <Figure label="Active webhooks" value={countText(found.webhooks.active)}>
              {countText(found.webhooks.disabled)} disabled
            </Figure>
          </StatisticsView>
        )}
      </QueryView>
    </Page>
  );
}
