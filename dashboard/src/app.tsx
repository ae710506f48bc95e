/** What surrounds every page: looks, data, the session, and the pages of whoever signed in. */
import '@mantine/core/styles.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { createQueryClient } from './api/query-client.ts';
import { Pages } from './pages/pages.tsx';
import { SessionGate } from './session/session-gate.tsx';
import { PageBoundary } from './shell/page-boundary.tsx';
import { readableVariables, theme } from './theme.ts';

export function App() {
  const [queryClient] = useState(createQueryClient);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={readableVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <PageBoundary>
          <SessionGate>
            <Pages />
          </SessionGate>
        </PageBoundary>
      </QueryClientProvider>
    </MantineProvider>
  );
}
