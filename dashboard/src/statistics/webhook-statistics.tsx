import { Group, Stack } from '@mantine/core';
import { useState } from 'react';
import type { StatsRange } from '../api/schemas.ts';
import { useStats } from '../api/stats.ts';
import { QueryView } from '../parts/query-view.tsx';
import { RangeSwitch } from './range-switch.tsx';
import { StatisticsView } from './statistics-view.tsx';

export function WebhookStatistics({ webhookId }: { readonly webhookId: string }) {
  const [range, setRange] = useState<StatsRange>('24h');
  const stats = useStats(range, webhookId);
  return (
    <Stack>
      <Group justify="flex-end">
        <RangeSwitch value={range} onChange={setRange} />
      </Group>
      <QueryView query={stats} what="statistics">
        {(data) => <StatisticsView stats={data} />}
      </QueryView>
    </Stack>
  );
}
