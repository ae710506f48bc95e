/** docs/beyond-sent.md: its commands are run against a service, and what it shows is held against the OpenAPI document. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { latencyBoundsMs } from '../../src/domain/delivery-stats.ts';
import { defaultStatsRange, statsRanges, windowAt } from '../../src/domain/stats-window.ts';
import { overlapSecondsRange } from '../../src/domain/webhook-input.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { fencesOf, readPage, tableRows } from './markdown.ts';

const page = readPage('docs/beyond-sent.md').text;

let folder: string;
let service: ServiceProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-beyond-'));
  service = await startServiceProcess(join(folder, 'data'));
});
afterAll(async () => {
  await service.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

/** Each command that asks, with the answer that the page shows for it. */
function examples(): { setUp: string; asking: { code: string; path: string; shown: string }[] } {
  const fences = fencesOf(page);
  const [setUp = { code: '' }] = fences;
  const asking = [...fences.entries()].flatMap(([index, { language, code }]) => {
    const [, path] = /^ask '([^'?]+)/.exec(code) ?? [];
    if (language !== 'bash' || path === undefined) return [];
    return [{ code, path, shown: fences[index + 1]?.code ?? '' }];
  });
  return { setUp: setUp.code.replace('http://127.0.0.1:4000', service.address), asking };
}

async function answersDescribed(): Promise<(path: string) => ValidateFunction> {
  const document = JSON.parse(await (await fetch(`${service.address}/openapi.json`)).text());
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');
  return (path) => {
    const place = path.replaceAll('~', '~0').replaceAll('/', '~1');
    return ajv.compile({
      $ref: `openapi#/paths/${place}/get/responses/200/content/application~1json/schema`,
    });
  };
}

test('every command is answered, and the answer that is shown has all fields of the real one', async () => {
  const { setUp, asking } = examples();
  const describedAt = await answersDescribed();
  expect(asking.map(({ path }) => path)).toEqual(['/v3/stats', '/v3/stats/webhooks']);
  for (const { code, path, shown } of asking) {
    const { stdout } = await promisify(execFile)('bash', ['-c', `${setUp}\n${code}`], { cwd: folder });
    const answer = JSON.parse(stdout);
    expect(answer.success).toBe(true);
    const validate = describedAt(path);
    expect([path, validate(answer), validate.errors]).toEqual([path, true, null]);
    const example = JSON.parse(shown);
    expect([path, validate(example), validate.errors]).toEqual([path, true, null]);
    expect(Object.keys(example.data)).toEqual(Object.keys(answer.data));
  }
});

test('its numbers are those of the code', () => {
  expect(page).toContain(`1 to ${overlapSecondsRange.max.toLocaleString('en-US')}`);
  expect(page).toContain(`${latencyBoundsMs.slice(0, -1).join(', ')} and ${latencyBoundsMs.at(-1)} ms`);
  const lengths = new Map([
    [300, '5 minutes'],
    [1800, '30 minutes'],
    [21_600, '6 hours'],
    [86_400, 'a day'],
  ]);
  const expected = statsRanges.map((range) => {
    const { bucketStarts, bucketSeconds } = windowAt(range, new Date());
    const name = `\`${range}\`${range === defaultStatsRange ? ', the default' : ''}`;
    return [name, `${bucketStarts.length} of ${lengths.get(bucketSeconds)}`];
  });
  expect(tableRows(page)).toEqual(expect.arrayContaining(expected));
});
