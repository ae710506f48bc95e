/** The key, for as long as its browser tab is open: in session storage, which no other tab or later visit can read. */
import type { Credentials } from '../api/client.ts';

const storageName = 'posthorn.session';

export function readStoredSession(): Credentials | null {
  const text = sessionStorage.getItem(storageName);
  if (text === null) return null;
  try {
    const stored: unknown = JSON.parse(text);
    if (typeof stored !== 'object' || stored === null) return null;
    const { key, profileId } = stored as Partial<Credentials>;
    return typeof key === 'string' ? { key, profileId: profileId ?? null } : null;
  } catch {
    return null;
  }
}

export function storeSession(credentials: Credentials | null): void {
  if (credentials === null) sessionStorage.removeItem(storageName);
  else sessionStorage.setItem(storageName, JSON.stringify(credentials));
}
