import { useEffect, useState } from 'react';

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** How long until then, second by second. */
export function Countdown({ until }: { readonly until: string }) {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const moment = new Date(until);
  const seconds = Math.ceil((moment.getTime() - nowMs) / 1000);
  return (
    <time dateTime={until}>
      {seconds > 0 ? `in ${remainingText(seconds)}, at ${clock.format(moment)}` : 'any moment now'}
    </time>
  );
}

function remainingText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
