import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createRequestIds } from '../../src/api/request-id.ts';

test('request ids have ten letters or digits and do not repeat', () => {
  const newRequestId = createRequestIds(randomBytes);
  const ids = Array.from({ length: 5000 }, newRequestId);
  for (const id of ids) expect(id).toMatch(/^req_[A-Za-z0-9]{10}$/);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every letter and digit is equally likely', () => {
  // Each byte value as often as every other one.
  const allBytes = (size: number) => Buffer.from(Array.from({ length: size }, (_, index) => index % 256));
  const newRequestId = createRequestIds(allBytes);
  const counts = new Map<string, number>();
  const ids = (4096 * (248 / 256)) / 10;
  for (let made = 0; made < Math.floor(ids) * 5; made++) {
    for (const letter of newRequestId().slice(4)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  expect(counts.size).toBe(62);
  expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(4);
});
