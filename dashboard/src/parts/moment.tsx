import { useEffect, useState } from 'react';

const steps = [
  { unit: 'second', seconds: 1 },
  { unit: 'minute', seconds: 60 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'day', seconds: 86_400 },
] as const;
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

function agoText(moment: Date, nowMs: number): string {
  const seconds = Math.round((moment.getTime() - nowMs) / 1000);
  if (Math.abs(seconds) < 2) return 'just now';
  const step = steps.findLast((candidate) => Math.abs(seconds) >= candidate.seconds) ?? steps[0];
  return relative.format(Math.trunc(seconds / step.seconds), step.unit);
}

/** How long ago, kept true while it is looked at; the exact time on hover and for the ear. */
export function Moment({ value, none = 'never' }: { readonly value: string | null; readonly none?: string }) {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 5000);
    return () => clearInterval(timer);
  }, []);
  if (value === null) return <span>{none}</span>;
  const moment = new Date(value);
  return (
    <time dateTime={value} title={exact.format(moment)}>
      {agoText(moment, nowMs)}
    </time>
  );
}
