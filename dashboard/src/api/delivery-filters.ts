/** What of a log is shown, as the address of the page tells it: whoever gets the link sees the same. */
import { type DeliveryStatus, deliveryStatuses } from '../../../src/domain/delivery.ts';

export const timeRanges = ['all', '1h', '24h', '7d', 'custom'] as const;
export type TimeRange = (typeof timeRanges)[number];

export const pageSizes = [20, 50, 100] as const;
export type PageSize = (typeof pageSizes)[number];

export interface DeliveryFilters {
  /** Null: any. */
  readonly status: DeliveryStatus | null;
  /** Part of an event type, or an id. */
  readonly search: string;
  readonly range: TimeRange;
  /** ISO 8601; of the range `custom` only. */
  readonly from: string | null;
  readonly to: string | null;
  readonly page: number;
  readonly pageSize: PageSize;
}

export const allDeliveries: DeliveryFilters = {
  status: null,
  search: '',
  range: 'all',
  from: null,
  to: null,
  page: 1,
  pageSize: 20,
};

/** What the address gives and is none of them counts as not given. */
export function readFilters(query: string): DeliveryFilters {
  const given = new URLSearchParams(query);
  const page = Number(given.get('page'));
  const range = oneOf(timeRanges, given.get('range')) ?? 'all';
  return {
    status: oneOf(deliveryStatuses, given.get('status')),
    search: given.get('search') ?? '',
    range,
    from: range === 'custom' ? momentIn(given.get('from')) : null,
    to: range === 'custom' ? momentIn(given.get('to')) : null,
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    pageSize: pageSizes.find((size) => String(size) === given.get('page_size')) ?? allDeliveries.pageSize,
  };
}

/** With its question mark; empty for the whole log. */
export function writeFilters({ status, search, range, from, to, page, pageSize }: DeliveryFilters): string {
  const given = Object.entries({
    status,
    search: search === '' ? null : search,
    range: range === 'all' ? null : range,
    from,
    to,
    page: page === 1 ? null : String(page),
    page_size: pageSize === allDeliveries.pageSize ? null : String(pageSize),
  }).flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

export function isFiltered({ status, search, range }: DeliveryFilters): boolean {
  return status !== null || search !== '' || range !== 'all';
}

const hourMs = 3_600_000;
const rangeHours = { '1h': 1, '24h': 24, '7d': 168 } as const;

/** For the API, which takes no range: its beginning at this moment. */
export function momentsOf(
  { range, from, to }: DeliveryFilters,
  nowMs: number,
): { readonly from: string | null; readonly to: string | null } {
  if (range === 'all' || range === 'custom') return { from, to };
  return { from: new Date(nowMs - rangeHours[range] * hourMs).toISOString(), to: null };
}

function oneOf<Choice extends string>(choices: readonly Choice[], value: string | null): Choice | null {
  return choices.find((choice) => choice === value) ?? null;
}

function momentIn(value: string | null): string | null {
  const moment = new Date(value ?? '');
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}
