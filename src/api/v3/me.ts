import { listProfiles } from '../../storage/accounts.ts';
import type { AccountOperation } from '../operation.ts';
import { meSchema, meView } from '../schemas/me.ts';
import { reference } from '../schemas/shared.ts';

export function meOperations(): readonly AccountOperation[] {
  return [
    {
      method: 'GET',
      url: '/v3/me',
      doing: 'retrieving the account',
      described: {
        tag: 'Account',
        operationId: 'getMe',
        summary: 'Retrieve the account of the key',
        sdkMethod: 'me.retrieve',
        success: { status: 200, data: reference(meSchema) },
      },
      handle: async ({ account, db }) => {
        const profiles = account.type === 'organization' ? await listProfiles(db, account.id) : [];
        return { status: 200, data: meView(account, profiles) };
      },
    },
  ];
}
