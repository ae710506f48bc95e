/** The address of a page: a path and a query, both behind the #, so that neither is ever sent to the server. */
import { useSyncExternalStore } from 'react';

const changed = 'hashchange';

function subscribe(onChange: () => void): () => void {
  addEventListener(changed, onChange);
  return () => removeEventListener(changed, onChange);
}

function parts(): { readonly path: string; readonly query: string } {
  const address = location.hash.replace(/^#?\/?/, '/');
  const at = address.indexOf('?');
  return at === -1
    ? { path: address, query: '' }
    : { path: address.slice(0, at), query: address.slice(at + 1) };
}

function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', `#${to}`);
  dispatchEvent(new HashChangeEvent(changed));
}

function useHashPath(): [string, typeof navigate] {
  return [useSyncExternalStore(subscribe, () => parts().path), navigate];
}

function useHashQuery(): string {
  return useSyncExternalStore(subscribe, () => parts().query);
}

/** For wouter's Router. Its own puts the query before the #, where it would be sent. */
export const useHashLocation = Object.assign(useHashPath, {
  hrefs: (path: string) => `#${path}`,
  searchHook: useHashQuery,
});
