import { Tabs } from '@mantine/core';
import { useLocation, useParams } from 'wouter';
import type { WebhookStats } from '../../api/schemas.ts';
import { useWebhook } from '../../api/webhooks.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';
import { WebhookStatistics } from '../../statistics/webhook-statistics.tsx';
import { DeliveryLog } from '../deliveries/delivery-log.tsx';
import { WebhookActions } from './webhook-actions.tsx';
import { WebhookHeader } from './webhook-header.tsx';
import { WebhookSettings } from './webhook-settings.tsx';

/** One webhook: how it is, what can be done with it, and its tabs, each with an address of its own. */
export function WebhookPage() {
  const { id = '' } = useParams();
  const webhook = useWebhook(id);
  const item = webhook.data;
  return (
    <Page
      title={item?.webhook.display_name ?? 'Webhook'}
      actions={item !== undefined && <WebhookActions item={item} />}
    >
      <QueryView query={webhook} what="webhook">
        {(stats) => (
          <>
            <WebhookHeader item={stats} />
            <WebhookTabs key={id} item={stats} />
          </>
        )}
      </QueryView>
    </Page>
  );
}

const tabs = ['deliveries', 'statistics', 'settings'];

function WebhookTabs({ item }: { readonly item: WebhookStats }) {
  const [, navigate] = useLocation();
  const { id } = item.webhook;
  const { '*': rest = '' } = useParams();
  const [tab = ''] = rest.split('/');
  return (
    <Tabs
      value={tabs.includes(tab) ? tab : 'deliveries'}
      onChange={(next) => navigate(`/webhooks/${id}/${next}`)}
      keepMounted={false}
    >
      <Tabs.List mb="md">
        <Tabs.Tab value="deliveries">Deliveries</Tabs.Tab>
        <Tabs.Tab value="statistics">Statistics</Tabs.Tab>
        <Tabs.Tab value="settings">Settings</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="deliveries">
        <DeliveryLog webhookId={id} />
      </Tabs.Panel>
      <Tabs.Panel value="statistics">
        <WebhookStatistics webhookId={id} />
      </Tabs.Panel>
      <Tabs.Panel value="settings">
        <WebhookSettings webhook={item.webhook} />
      </Tabs.Panel>
    </Tabs>
  );
}
