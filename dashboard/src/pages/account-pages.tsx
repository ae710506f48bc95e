import { lazy } from 'react';
import { Route, Router, Switch } from 'wouter';
import { useHashLocation } from '../shell/hash-location.ts';
import { type Destination, Shell } from '../shell/shell.tsx';
import { NotFoundPage } from './not-found-page.tsx';

const OverviewPage = lazy(async () => ({
  default: (await import('./overview/overview-page.tsx')).OverviewPage,
}));
const WebhooksPage = lazy(async () => ({
  default: (await import('./webhooks/webhooks-page.tsx')).WebhooksPage,
}));
const NewWebhookPage = lazy(async () => ({
  default: (await import('./webhooks/new-webhook-page.tsx')).NewWebhookPage,
}));
const WebhookPage = lazy(async () => ({
  default: (await import('./webhooks/webhook-page.tsx')).WebhookPage,
}));

const destinations: readonly Destination[] = [
  { path: '/', label: 'Overview' },
  { path: '/webhooks', label: 'Webhooks' },
];

/** In the part of the address that is never sent: every page can be linked to, and none needs the server to know it. */
export function AccountPages() {
  return (
    <Router hook={useHashLocation}>
      <Shell destinations={destinations}>
        <Switch>
          <Route path="/" component={OverviewPage} />
          <Route path="/webhooks" component={WebhooksPage} />
          <Route path="/webhooks/new" component={NewWebhookPage} />
          <Route path="/webhooks/:id/*?" component={WebhookPage} />
          <Route component={NotFoundPage} />
        </Switch>
      </Shell>
    </Router>
  );
}
