import { lazy } from 'react';
import { Route, Router, Switch } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { type Destination, Shell } from '../shell/shell.tsx';
import { NotFoundPage } from './not-found-page.tsx';

const AccountsPage = lazy(async () => ({
  default: (await import('./operator/accounts-page.tsx')).AccountsPage,
}));

const destinations: readonly Destination[] = [{ path: '/accounts', label: 'Accounts' }];

export function OperatorPages() {
  return (
    <Router hook={useHashLocation}>
      <Shell destinations={destinations}>
        <Switch>
          <Route path="/" component={AccountsPage} />
          <Route path="/accounts" component={AccountsPage} />
          <Route component={NotFoundPage} />
        </Switch>
      </Shell>
    </Router>
  );
}
