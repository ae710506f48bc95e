/** Checks of query parameters that several lists take: pages, a search, and that an empty one counts as absent. */
import { type Checked, checkInteger, type Fields, isFields, together, wrong } from './check.ts';
import type { Issues } from './issue.ts';
import { accept, type Result } from './result.ts';
import { isStorableText } from './text.ts';

export const pageSizeRange = { min: 1, max: 100, default: 20 } as const;
/** Far past any page there is, and small enough to be counted with in the database. */
const pageMax = 2_147_483_647;

export interface Page {
  /** 1-based. */
  readonly page: number;
  readonly pageSize: number;
}

export function parsePage(query: unknown): Result<Page, Issues> {
  return together(pageChecks(queryFields(query)));
}

export function queryFields(query: unknown): Fields {
  return isFields(query) ? query : {};
}

export function pageChecks(fields: Fields) {
  return { page: checkPage(fields.page), pageSize: checkPageSize(fields.page_size) };
}

function checkPage(value: unknown): Checked<number> {
  if (value === undefined) return accept(1);
  const page = wholeNumber(value);
  if (page === null || page < 1) return wrong('page', 'must be 1 or greater');
  return page > pageMax ? wrong('page', `must be at most ${pageMax}`) : accept(page);
}

function checkPageSize(value: unknown): Checked<number> {
  return value === undefined
    ? accept(pageSizeRange.default)
    : checkInteger(wholeNumber(value), 'page_size', pageSizeRange);
}

/** Null when the text of a query parameter is no whole number, also when the parameter was repeated. */
function wholeNumber(value: unknown): number | null {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null;
}

/** An absent or empty query parameter has no value. */
export function filled<Value>(
  value: unknown,
  check: (value: unknown) => Checked<Value>,
): Checked<Value | null> {
  return value === undefined || value === '' ? accept(null) : check(value);
}

export function checkSearch(value: unknown): Checked<string | null> {
  return filled(value, (search) =>
    typeof search === 'string' && isStorableText(search)
      ? accept(search)
      : wrong('search', 'must be a single string without NUL characters'),
  );
}
