/** Which webhooks are listed, as the address of the page tells it. */
import { useLocation, useSearch } from 'wouter';
import type { WebhookListQuery } from '../../api/webhooks.ts';

export type WebhookListFilters = WebhookListQuery;

export const healthChoices = ['', 'active', 'failing', 'disabled'] as const;
export const sortChoices = ['newest', 'failing'] as const;

export function useListFilters(): [WebhookListFilters, (filters: WebhookListFilters) => void] {
  const [, navigate] = useLocation();
  const filters = readFilters(useSearch());
  return [filters, (next) => navigate(`/webhooks${writeFilters(next)}`, { replace: true })];
}

/** What the address gives and is none of them counts as not given. */
function readFilters(query: string): WebhookListFilters {
  const given = new URLSearchParams(query);
  const page = Number(given.get('page'));
  return {
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    search: given.get('search') ?? '',
    health: healthChoices.find((health) => health === given.get('health')) ?? '',
    sort: sortChoices.find((sort) => sort === given.get('sort')) ?? 'newest',
  };
}

function writeFilters({ page, search, health, sort }: WebhookListFilters): string {
  const given = new URLSearchParams();
  if (search !== '') given.set('search', search);
  if (health !== '') given.set('health', health);
  if (sort !== 'newest') given.set('sort', sort);
  if (page !== 1) given.set('page', String(page));
  return given.size === 0 ? '' : `?${given}`;
}

export function isFiltered({ search, health }: WebhookListFilters): boolean {
  return search !== '' || health !== '';
}
