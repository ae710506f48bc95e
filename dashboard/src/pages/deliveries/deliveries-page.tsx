import { useParams } from 'wouter';
import { Page } from '../../shell/page.tsx';
import { DeliveryLog } from './delivery-log.tsx';

export function DeliveriesPage() {
  const { id } = useParams<{ id: string }>();
  return (
    <Page title="Deliveries">
      <DeliveryLog key={id} webhookId={id} />
    </Page>
  );
}
