/** Keeps a number of processes serving on one port: starts them, replaces those that end, stops them. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { accept, type Result, refuse } from '../domain/result.ts';
import { createChildMetrics } from './child-metrics.ts';
import { type ChildProcess, type End, startChildProcess } from './child-process.ts';
import type { ChildMessage } from './process-messages.ts';

export interface ChildProcesses {
  /** Their address once all serve; or what the first that could not had to say. */
  readonly started: Promise<Result<string, string>>;
  /** Resolves when all have ended, with whether they ended well. May be called again. */
  stop(): Promise<boolean>;
  kill(): void;
}

export interface Supervision {
  readonly count: number;
  readonly log: Logger;
  /** Told what the start waits for, each thing once. */
  readonly notify: (sentence: string) => void;
}

const restartPauseMs = { first: 250, max: 10_000 };
/** What ends after this long was sound before: it is replaced like one that never failed. */
const soundAfterMs = 60_000;

export function startChildProcesses({ count, log, notify }: Supervision): ChildProcesses {
  const alive = new Set<ChildProcess>();
  const serving = new Set<ChildProcess>();
  const waitedFor = new Set<string>();
  const stopping = new AbortController();
  const start = createStart();
  const metrics = createChildMetrics<ChildProcess>(serving, (child, round) =>
    child.tell({ tells: 'count', round }),
  );

  function hear(child: ChildProcess, message: ChildMessage): void {
    const childPid = child.pid;
    switch (message.tells) {
      case 'waiting':
        if (!waitedFor.has(message.sentence)) notify(message.sentence);
        waitedFor.add(message.sentence);
        return;
      case 'serving':
        serving.add(child);
        if (start.succeeded()) log.info({ childPid }, 'a process serves in the place of one that ended');
        else if (serving.size === count) start.conclude(accept(message.address));
        return;
      case 'failed':
        if (start.succeeded()) log.error({ childPid, reason: message.sentence }, 'a process could not start');
        else start.conclude(refuse(message.sentence));
        return;
      case 'scraped':
        metrics.total().then((text) => child.tell({ tells: 'total', scrape: message.scrape, text }));
        return;
      case 'counted':
        metrics.counted(child, message.round, message.report);
    }
  }

  async function runOne(): Promise<{ childPid: number | undefined; end: End }> {
    const child = startChildProcess((message) => hear(child, message));
    alive.add(child);
    const end = await child.ended;
    alive.delete(child);
    if (serving.delete(child)) metrics.ended(child);
    return { childPid: child.pid, end };
  }

  /** Resolves, when stopping, with whether the last one ended well. */
  async function keepOneServing(): Promise<boolean> {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      const startedAt = performance.now();
      const { childPid, end } = await runOne();
      if (stopping.signal.aborted) return endedWell(end);
      if (!start.succeeded()) {
        start.conclude(refuse(`Posthorn could not start: one of its processes ended with ${wordsOf(end)}`));
        return false;
      }
      if (performance.now() - startedAt > soundAfterMs) failures = 0;
      const pauseMs = Math.min(restartPauseMs.max, restartPauseMs.first * 2 ** failures);
      const level = endedWell(end) ? 'info' : 'error';
      log[level]({ childPid, ...end, pauseMs }, 'a process ended; another is started in its place');
      await pause(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
    return true;
  }

  const places = Array.from({ length: count }, keepOneServing);
  return {
    started: start.concluded,
    async stop() {
      stopping.abort();
      for (const child of alive) child.tell({ tells: 'stop' });
      return (await Promise.all(places)).every(Boolean);
    },
    kill() {
      for (const child of alive) child.kill();
    },
  };
}

/** What is concluded first holds. */
function createStart() {
  let conclusion: Result<string, string> | null = null;
  let onConcluded: (conclusion: Result<string, string>) => void = () => {};
  const concluded = new Promise<Result<string, string>>((resolve) => {
    onConcluded = resolve;
  });
  return {
    concluded,
    succeeded: () => conclusion?.ok === true,
    conclude(result: Result<string, string>) {
      conclusion ??= result;
      onConcluded(conclusion);
    },
  };
}

/** A signal to the whole group can reach a child before it listens for one. */
function endedWell({ code, signal }: End): boolean {
  return code === 0 || signal === 'SIGINT' || signal === 'SIGTERM';
}

function wordsOf(end: End): string {
  if ('err' in end) return String(end.err);
  return end.code === null ? end.signal : `code ${end.code}`;
}
