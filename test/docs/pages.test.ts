import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { settings } from '../../src/config/settings.ts';
import { allPages, anchorsOf, fencesOf, linkTargets, type Page, readPage, repository } from './markdown.ts';

const pages = allPages();

/** Null when the link leads somewhere, or out of the repository. */
function brokenLink(page: Page, target: string): string | null {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return null;
  // From the root of a running service, such as /openapi.json.
  if (target.startsWith('/')) return `${target} is not relative`;
  const [path = '', anchor] = decodeURI(target).split('#');
  const file = path === '' ? page.path : normalize(join(dirname(page.path), path));
  if (file.startsWith('..') || !existsSync(join(repository, file))) return `${target} is not there`;
  if (anchor === undefined) return null;
  if (!file.endsWith('.md')) return `${target} has an anchor on what is not a page`;
  return anchorsOf(readPage(file).text).has(anchor) ? null : `${target}: no such heading`;
}

test('the pages that everything starts from are found', () => {
  expect(pages.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/README.md', 'docs/delivery-lifecycle.md']),
  );
});

describe.each(pages)('$path', (page) => {
  test('every relative link leads to a file, and every anchor to a heading', () => {
    const broken = linkTargets(page.text).map((target) => brokenLink(page, target));
    expect(broken.filter((reason) => reason !== null)).toEqual([]);
  });

  test('every block of JSON parses', () => {
    for (const { language, code } of fencesOf(page.text)) {
      if (language === 'json') expect(() => JSON.parse(code), code).not.toThrow();
    }
  });

  test('every fence is closed', () => {
    expect((page.text.match(/^```/gm) ?? []).length).toBe(2 * fencesOf(page.text).length);
  });

  test('every environment variable that it names is a setting', () => {
    const named = page.text.match(/\bPOSTHORN_[A-Z0-9_]*[A-Z0-9]\b/g) ?? [];
    const known = new Set(settings.map(({ name }) => name));
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

test('the index of documents names every page beside it', () => {
  const beside = pages.filter(({ path }) => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md');
  expect(linkTargets(readPage('docs/README.md').text)).toEqual(
    expect.arrayContaining(beside.map(({ path }) => path.slice('docs/'.length))),
  );
});

describe('the reader of pages', () => {
  const page: Page = {
    path: 'docs/README.md',
    text: '# Of *links*, and `code`\n## Twice\n## Twice\n[a](gone.md) [b](#twice-1) `[c](d)`\n```sh\n[e](f)\n# g\n```\n',
  };

  test('makes the anchors of headings', () => {
    expect([...anchorsOf(page.text)]).toEqual(['of-links-and-code', 'twice', 'twice-1']);
  });

  test('finds links in prose and none in code', () => {
    expect(linkTargets(page.text)).toEqual(['gone.md', '#twice-1']);
  });

  test('tells a link that leads nowhere', () => {
    expect(brokenLink(page, 'gone.md')).toBe('gone.md is not there');
    expect(brokenLink(page, '../README.md#no-such-heading')).toContain('no such heading');
    expect(brokenLink(page, '../README.md')).toBeNull();
  });
});
