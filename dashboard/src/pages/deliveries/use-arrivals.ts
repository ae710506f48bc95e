import { useState } from 'react';

/**
 * Which of these have come since the listing was first shown. A listing is named by its filters and page; null while the
 * rows are still those of another.
 */
export function useArrivals(listing: string | null, ids: readonly string[]): ReadonlySet<string> {
  const [first, setFirst] = useState({ listing, ids: new Set(ids) });
  if (listing !== null && first.listing !== listing) setFirst({ listing, ids: new Set(ids) });
  if (listing !== first.listing) return new Set();
  return new Set(ids.filter((id) => !first.ids.has(id)));
}
