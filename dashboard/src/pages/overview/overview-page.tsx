import { Stack } from '@mantine/core';
import { useState } from 'react';
import type { StatsRange } from '../../api/schemas.ts';
import { useStats } from '../../api/stats.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';
import { RangeSwitch } from '../../statistics/range-switch.tsx';
import { StatisticsView } from '../../statistics/statistics-view.tsx';
import { FailingFirst } from './failing-first.tsx';

export function OverviewPage() {
  const [range, setRange] = useState<StatsRange>('24h');
  const stats = useStats(range, null);
  return (
    <Page title="Overview" actions={<RangeSwitch value={range} onChange={setRange} />}>
      <Stack>
        <QueryView query={stats} what="statistics">
          {(data) => <StatisticsView stats={data} />}
        </QueryView>
        <FailingFirst range={range} />
      </Stack>
    </Page>
  );
}
