import { Group, Text, Title } from '@mantine/core';
import type { DeliveryDetail } from '../../api/deliveries.ts';
import { durationText } from '../../parts/duration.ts';
import { Moment } from '../../parts/moment.tsx';
import classes from './attempt-timeline.module.css';
import { Countdown } from './countdown.tsx';
import { TextBlock } from './text-block.tsx';

type Attempt = DeliveryDetail['attempts'][number];

export function AttemptTimeline({ detail }: { readonly detail: DeliveryDetail }) {
  const { event, attempts, next_attempt_at } = detail;
  const isUnfinished = event.processing_completed_at === null;
  return (
    <section aria-labelledby="attempts">
      <Title order={3} size="h5" id="attempts" mb="xs">
        Attempts
      </Title>
      {attempts.length === 0 && !isUnfinished && <Text size="sm">It was never sent.</Text>}
      <ol className={classes.timeline}>
        {attempts.map((attempt) => (
          <AttemptItem key={attempt.number} attempt={attempt} />
        ))}
        {isUnfinished && (
          <li className={classes.attempt} data-outcome="awaited">
            <Text size="sm">
              <b>Attempt {event.delivery_attempts + 1}</b>{' '}
              {next_attempt_at === null ? 'is under way' : <Countdown until={next_attempt_at} />}
            </Text>
          </li>
        )}
      </ol>
    </section>
  );
}

function AttemptItem({ attempt }: { readonly attempt: Attempt }) {
  const { number, http_status_code, error_message, duration_ms, response_body, started_at } = attempt;
  return (
    <li className={classes.attempt} data-outcome={error_message === null ? 'succeeded' : 'failed'}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          Attempt {number}
        </Text>
        <Text size="sm">{http_status_code === null ? 'no answer' : `HTTP ${http_status_code}`}</Text>
        {duration_ms !== null && <Text size="sm">{durationText(duration_ms)}</Text>}
        <Text size="sm" c="dimmed" component="div">
          <Moment value={started_at} />
        </Text>
      </Group>
      {error_message !== null && <Text size="sm">{error_message}</Text>}
      {response_body !== null && (
        <TextBlock label={`Response to attempt ${number}`} text={response_body} heightMax={160} />
      )}
    </li>
  );
}
