/** Guessing keys at the built service, over real connections: it gets no further than the limit, and nobody else notices. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordFigure } from '../support/figures.ts';
import { startServiceProcess } from '../support/service-process.ts';

const guesses = 400;
const guessersAtOnce = 8;
const wrongKeysMax = 20;

test('400 guesses from one client are looked at no more often than the limit, and its neighbours go on', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-lock-out-'));
  const service = await startServiceProcess(dataDir);
  try {
    const { organizationKey, profileKey } = service.keys;
    const me = async (key: string, client: string) => {
      const response = await fetch(`${service.address}/v3/me`, {
        headers: { 'x-api-key': key, 'x-forwarded-for': client },
      });
      await response.text();
      return { status: response.status, retryAfter: Number(response.headers.get('retry-after')) };
    };
    const guesser = '2001:db8:1:2';
    // A neighbour is at work before it begins, and one comes later.
    expect((await me(profileKey, `${guesser}::1`)).status).toBe(200);
    const statuses: number[] = [];
    await Promise.all(
      Array.from({ length: guessersAtOnce }, async (_unused, index) => {
        for (let guess = index; guess < guesses; guess += guessersAtOnce) {
          const { status, retryAfter } = await me(`ph_guess-${guess}`, `${guesser}::${guess.toString(16)}`);
          statuses.push(status);
          if (status === 429) expect(retryAfter).toBeLessThanOrEqual(60);
        }
      }),
    );
    const lookedAt = statuses.filter((status) => status === 401).length;
    const refused = statuses.filter((status) => status === 429).length;
    expect(lookedAt + refused).toBe(guesses);
    expect(lookedAt).toBeGreaterThanOrEqual(wrongKeysMax);
    // Those that were under way when the limit was reached; and one lock-out may end and another begin on a slow machine.
    expect(lookedAt).toBeLessThan(3 * (wrongKeysMax + guessersAtOnce));
    expect((await me(profileKey, `${guesser}::2`)).status).toBe(200);
    expect((await me(organizationKey, `${guesser}::3`)).status).toBe(429);
    expect((await me(organizationKey, '2001:db8:1:3::1')).status).toBe(200);
    expect(service.output()).toContain('too many wrong API keys');
    await recordFigure({
      topic: 'Secrets',
      what: 'keys guessed by one client',
      tried: guesses,
      survived: lookedAt + refused,
      note: `${lookedAt} looked at, ${refused} refused without`,
    });
  } finally {
    await service.end('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  }
}, 120_000);
