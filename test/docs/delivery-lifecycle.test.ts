import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import {
  deliveryEvents,
  deliveryStatuses,
  nextStatus,
  statusAfterResend,
} from '../../src/domain/delivery.ts';
import { retryDelayMs } from '../../src/domain/retry-schedule.ts';
import { retryCountRange, timeoutSecondsRange } from '../../src/domain/webhook.ts';
import { fencesOf, readPage, repository, sectionOf, tableRows } from './markdown.ts';

const page = readPage('docs/delivery-lifecycle.md').text;
/** Without line ends, so that a sentence is found wherever it breaks. */
const prose = page.replaceAll(/\s+/g, ' ');
const configured = readConfig({});
if (!configured.ok) throw new Error('the default configuration is not valid');
const config = configured.value;

describe('docs/delivery-lifecycle.md', () => {
  test('its table of states is the transition table of the code', () => {
    const [head, ...rows] = tableRows(sectionOf(page, '## States'));
    expect(head).toEqual(['State', ...deliveryEvents.map((event) => `\`${event}\``)]);
    expect(rows).toEqual(
      deliveryStatuses.map((status) => [
        `\`${status}\``,
        ...deliveryEvents.map((event) => {
          const next = nextStatus(status, event);
          return next === null ? '–' : `\`${next}\``;
        }),
      ]),
    );
  });

  test('its diagram has an arrow for each transition of the code, and no other', () => {
    const [diagram] = fencesOf(sectionOf(page, '## States'));
    const arrows = [...(diagram?.code ?? '').matchAll(/^\s+(\w+) --> (\w+): /gm)];
    const transitions = deliveryStatuses.flatMap((status) =>
      deliveryEvents
        .map((event) => nextStatus(status, event))
        .filter((next) => next !== null)
        .map((next) => `${status} ${next}`),
    );
    const resent = ['delivered', 'failed'] as const;
    const resends = resent
      .filter((status) => statusAfterResend(status, true) !== status)
      .map((status) => `${status} ${statusAfterResend(status, true)}`);
    expect(arrows.map(([, from, to]) => `${from} ${to}`).sort()).toEqual([...transitions, ...resends].sort());
  });

  test('its table of retries is the default schedule with the default jitter', () => {
    const seconds = (retryNumber: number, fraction: number) =>
      retryDelayMs({
        schedule: config.retryScheduleSeconds,
        jitter: config.retryJitter,
        retryNumber,
        retryAfter: null,
        nowMs: 0,
        fraction,
      }) / 1000;
    let [earliest, latest] = [0, 0];
    const expected = Array.from({ length: retryCountRange.max }, (_, index) => {
      const [least, most] = [seconds(index + 1, 0), seconds(index + 1, 1)];
      earliest += least;
      latest += most;
      return [`${index + 1}`, `${least} s`, `${most} s`, `${earliest}–${latest} s`];
    });
    expect(tableRows(sectionOf(page, '## Retries')).slice(1)).toEqual(expected);
  });

  test('its ranges and defaults are those of the code', () => {
    const { min, max, default: usual } = retryCountRange;
    const timeout = timeoutSecondsRange;
    for (const sentence of [
      `may follow the first: ${min} to ${max}, default ${usual}`,
      `\`timeout_seconds\`: ${timeout.min} to ${timeout.max}, default ${timeout.default}`,
      `one process sends ${config.maxInFlight} deliveries, ${config.maxInFlightPerWebhook} of them to one webhook`,
      `At ${config.autoDisableAfter} (\`POSTHORN_AUTO_DISABLE_AFTER\``,
      `kept for ${config.retentionDays} days (\`POSTHORN_RETENTION_DAYS\`)`,
    ]) {
      expect(prose).toContain(sentence);
    }
  });

  test('its figures stand in the files that it names', () => {
    const [, ...rows] = tableRows(sectionOf(page, '## Figures'));
    expect(rows.length).toBeGreaterThan(10);
    for (const [, where = ''] of rows) {
      const [, figure = 'no figure', path = ''] =
        /^`(\w+ = [^`]+)` in \[[^\]]+\]\(\.\.\/([^)]+)\)$/.exec(where) ?? [];
      const source = readFileSync(join(repository, path), 'utf8');
      // Whole, and not a part of another name or number.
      const escaped = figure.replaceAll('*', '\\*');
      expect(source, where).toMatch(new RegExp(`(?<!\\w)${escaped}[;,]`));
    }
  });
});
