/** Who is signed in, for every page below the session gate. */
import { createContext, useContext } from 'react';
import type { Api } from '../api/client.ts';
import type { Identity } from './identity.ts';

export interface Session {
  readonly identity: Identity;
  readonly api: Api;
  /** The profile that an organization acts as; null: itself. */
  readonly profileId: string | null;
  actAs(profileId: string | null): void;
  signOut(): void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('used outside of the session gate');
  return session;
}

export function useApi(): Api {
  return useSession().api;
}
