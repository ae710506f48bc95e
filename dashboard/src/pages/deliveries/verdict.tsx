import { Alert, Stack, Text } from '@mantine/core';
import type { DeliveryDetail } from '../../api/deliveries.ts';
import { Countdown } from './countdown.tsx';
import { type Failure, failureAdvice } from './failure-advice.ts';

const colors = { pending: 'gray', retrying: 'yellow', delivered: 'green', failed: 'red' } as const;

/** How the message of a delivery begins that was closed with its webhook. */
const givenUp = 'Given up: ';

/** Why the delivery stands as it does, in a sentence, and what to do about it. */
export function Verdict({ detail }: { readonly detail: DeliveryDetail }) {
  const { event, next_attempt_at } = detail;
  return (
    <Alert color={colors[event.delivery_status]} variant="light" title={sentence(detail)}>
      <Stack gap={4}>
        <Advice failure={event} />
        <CauseBefore detail={detail} />
        {event.processing_completed_at === null && (
          <Text size="sm">
            {next_attempt_at === null ? (
              'An attempt is under way.'
            ) : (
              <>
                The next attempt is due <Countdown until={next_attempt_at} />.
              </>
            )}
          </Text>
        )}
      </Stack>
    </Alert>
  );
}

/** Of a delivery that was given up with its webhook: what went wrong until then. */
function CauseBefore({ detail: { event, attempts } }: { readonly detail: DeliveryDetail }) {
  const latest = attempts.at(-1);
  if (latest === undefined || latest.error_message === null) return null;
  if (latest.error_message === event.error_message) return null;
  return (
    <>
      <Text size="sm" fw={600}>
        Before that, attempt {latest.number} failed: {latest.error_message}
      </Text>
      <Advice failure={latest} />
    </>
  );
}

function Advice({ failure }: { readonly failure: Failure }) {
  const advice = failureAdvice(failure);
  return advice === null ? null : <Text size="sm">{advice}</Text>;
}

function sentence({ event }: DeliveryDetail): string {
  const { delivery_status, delivery_attempts, error_message, http_status_code } = event;
  const attempts = delivery_attempts === 1 ? '1 attempt' : `${delivery_attempts || 'no'} attempts`;
  switch (delivery_status) {
    case 'pending':
      return 'Not sent yet';
    case 'retrying':
      return `Not delivered yet: ${error_message}`;
    case 'failed':
      return error_message?.startsWith(givenUp)
        ? `Given up after ${attempts}: ${error_message.slice(givenUp.length)}`
        : `Failed after ${attempts}: ${error_message}`;
    case 'delivered':
      return error_message === null
        ? `Delivered after ${attempts}: the endpoint answered ${http_status_code}`
        : `Delivered before; the latest attempt failed: ${error_message}`;
  }
}
