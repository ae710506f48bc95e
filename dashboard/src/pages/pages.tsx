import { useSession } from '../session/session.ts';
import { AccountPages } from './account-pages.tsx';
import { OperatorPages } from './operator-pages.tsx';

/** What a key opens: the pages of its account, or those of the operator. */
export function Pages() {
  const { identity } = useSession();
  return identity.kind === 'platform' ? <OperatorPages /> : <AccountPages />;
}
