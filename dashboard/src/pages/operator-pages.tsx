import { lazy } from 'react';
import { Route, Router, Switch } from 'wouter';
import { useHashLocation } from '../shell/hash-location.ts';
import { type Destination, Shell } from '../shell/shell.tsx';
import { NotFoundPage } from './not-found-page.tsx';

const OverviewPage = lazy(async () => ({
  default: (await import('./operator/operator-overview-page.tsx')).OperatorOverviewPage,
}));
const AccountsPage = lazy(async () => ({
  default: (await import('./operator/accounts-page.tsx')).AccountsPage,
}));
const AccountPage = lazy(async () => ({
  default: (await import('./operator/account-page.tsx')).AccountPage,
}));
const EventTypesPage = lazy(async () => ({
  default: (await import('./operator/event-types-page.tsx')).EventTypesPage,
}));
const NewEventTypePage = lazy(async () => ({
  default: (await import('./operator/new-event-type-page.tsx')).NewEventTypePage,
}));
const EventTypePage = lazy(async () => ({
  default: (await import('./operator/event-type-page.tsx')).EventTypePage,
}));
const PublishPage = lazy(async () => ({
  default: (await import('./operator/publish-page.tsx')).PublishPage,
}));
const EventsPage = lazy(async () => ({
  default: (await import('./operator/events-page.tsx')).EventsPage,
}));
const EventPage = lazy(async () => ({
  default: (await import('./operator/event-page.tsx')).EventPage,
}));

const destinations: readonly Destination[] = [
  { path: '/', label: 'Overview' },
  { path: '/accounts', label: 'Accounts' },
  { path: '/event-types', label: 'Event types' },
  { path: '/publish', label: 'Publish' },
  { path: '/events', label: 'Events' },
];

export function OperatorPages() {
  return (
    <Router hook={useHashLocation}>
      <Shell destinations={destinations}>
        <Switch>
          <Route path="/" component={OverviewPage} />
          <Route path="/accounts" component={AccountsPage} />
          <Route path="/accounts/:id">{({ id }) => <AccountPage key={id} id={id} />}</Route>
          <Route path="/event-types" component={EventTypesPage} />
          <Route path="/event-types/new/:parent?">
            {({ parent }) => <NewEventTypePage key={parent} parent={parent} />}
          </Route>
          <Route path="/event-types/edit/:name">
            {({ name }) => <EventTypePage key={name} name={name} />}
          </Route>
          <Route path="/publish/:accountId?">
            {({ accountId }) => <PublishPage key={accountId} accountId={accountId} />}
          </Route>
          <Route path="/events" component={EventsPage} />
          <Route path="/events/:id">{({ id }) => <EventPage key={id} id={id} />}</Route>
          <Route component={NotFoundPage} />
        </Switch>
      </Shell>
    </Router>
  );
}
