import { Button, Stack } from '@mantine/core';
import { Component, type ReactNode, Suspense } from 'react';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { SlowLoader } from '../parts/query-view.tsx';

/**
 * Around a part of the page that is loaded when it is needed, or may have a fault: what is around it stays. A part that could not be
 * loaded is not asked for again by the browser, so that the page has to be.
 */
export class PageBoundary extends Component<
  { readonly children: ReactNode; readonly place?: string },
  { readonly problem: Error | null }
> {
  override state: { readonly problem: Error | null } = { problem: null };

  static getDerivedStateFromError(problem: Error) {
    return { problem };
  }

  /** Another place is another part. */
  override componentDidUpdate({ place }: { readonly place?: string }) {
    if (place !== this.props.place && this.state.problem !== null) this.setState({ problem: null });
  }

  override render() {
    const { problem } = this.state;
    if (problem === null)
      return <Suspense fallback={<SlowLoader what="the page" />}>{this.props.children}</Suspense>;
    return (
      <Stack align="start">
        <ProblemAlert
          problem={new Error('This part of the page could not be shown.', { cause: problem })}
          advice="Its files could not be loaded, or it has a fault. Check that the service can be reached, then reload."
        />
        <Button onClick={() => location.reload()}>Reload the page</Button>
      </Stack>
    );
  }
}
