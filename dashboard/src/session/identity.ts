/** Whose key it is: asked of the API, since a key does not tell. */
import { createApi } from '../api/client.ts';
import { ApiProblem } from '../api/problem.ts';
import type { Me } from '../api/schemas.ts';

export type Identity = { readonly kind: 'account'; readonly me: Me } | { readonly kind: 'platform' };

/** A platform key opens the Platform API and nothing else. */
export async function identify(key: string): Promise<Identity> {
  const api = createApi(() => ({ key, profileId: null }));
  try {
    return { kind: 'account', me: await api.get<Me>('/v3/me') };
  } catch (error) {
    if (!(error instanceof ApiProblem && error.status === 403)) throw error;
  }
  await api.get('/platform/v1/accounts', { page_size: 1 });
  return { kind: 'platform' };
}
