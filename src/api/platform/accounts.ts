import { parseAccountChange, parseAccountListQuery, parseNewAccount } from '../../domain/account-input.ts';
import { newId } from '../../domain/identifier.ts';
import {
  deleteAccount,
  findAccount,
  insertAccount,
  listAccounts,
  updateAccount,
} from '../../storage/accounts.ts';
import { invalid, noContent, type Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { jsonValueOf } from '../json-body.ts';
import type { PlatformCall, PlatformOperation } from '../operation.ts';
import {
  accountChangeBodySchema,
  accountListQuerySchema,
  accountListSchema,
  accountSchema,
  accountView,
  newAccountBodySchema,
} from '../schemas/account.ts';
import { idParamsSchema } from '../schemas/operation.ts';
import { paginationView } from '../schemas/pagination.ts';
import { reference } from '../schemas/shared.ts';
import type { KnownAccounts } from './known-accounts.ts';

const tag = 'Accounts';
const noun = 'account';

export function accountOperations(
  dependencies: ApiDependencies,
  knownAccounts: KnownAccounts,
): readonly PlatformOperation[] {
  return [
    {
      method: 'POST',
      url: '/platform/v1/accounts',
      doing: 'creating the account',
      noun,
      described: {
        tag,
        operationId: 'createAccount',
        summary: 'Create an account',
        body: newAccountBodySchema,
        bodyExample: { type: 'user', name: 'Acme' },
        success: { status: 201, data: reference(accountSchema) },
      },
      handle: (call) => create(dependencies, call),
    },
    {
      method: 'GET',
      url: '/platform/v1/accounts',
      doing: 'listing the accounts',
      noun,
      described: {
        tag,
        operationId: 'listAccounts',
        summary: 'List accounts, newest first',
        query: accountListQuerySchema,
        success: { status: 200, data: accountListSchema },
      },
      handle: (call) => list(dependencies, call),
    },
    {
      method: 'GET',
      url: '/platform/v1/accounts/:id',
      doing: 'retrieving the account',
      noun,
      described: {
        tag,
        operationId: 'getAccount',
        summary: 'Retrieve an account',
        params: idParamsSchema,
        success: { status: 200, data: reference(accountSchema) },
        errors: ['customerNotFound'],
      },
      handle: (call) => retrieve(dependencies, call),
    },
    {
      method: 'PATCH',
      url: '/platform/v1/accounts/:id',
      doing: 'updating the account',
      noun,
      described: {
        tag,
        operationId: 'updateAccount',
        summary: 'Rename or suspend an account',
        params: idParamsSchema,
        body: accountChangeBodySchema,
        bodyExample: { status: 'suspended' },
        success: { status: 200, data: reference(accountSchema) },
        errors: ['customerNotFound'],
      },
      handle: (call) => change(dependencies, call),
    },
    {
      method: 'DELETE',
      url: '/platform/v1/accounts/:id',
      doing: 'deleting the account',
      noun,
      described: {
        tag,
        operationId: 'deleteAccount',
        summary: 'Delete an account and everything of it',
        params: idParamsSchema,
        success: null,
        errors: ['customerNotFound'],
      },
      handle: (call) => remove(dependencies, knownAccounts, call),
    },
  ];
}

async function create({ clock, db }: ApiDependencies, { body }: PlatformCall): Promise<Outcome> {
  const input = parseNewAccount(jsonValueOf(body));
  if (!input.ok) return invalid(input.error, 'always');
  const { organizationId } = input.value;
  if (organizationId !== null) {
    const organization = await findAccount(db, organizationId);
    if (organization?.type !== 'organization') {
      return invalid([{ field: 'organization_id', message: 'Organization not found' }], 'always');
    }
  }
  const account = await insertAccount(db, newId(clock.now()), input.value);
  return { status: 201, data: accountView(account) };
}

async function list({ db }: ApiDependencies, { query: asked }: PlatformCall): Promise<Outcome> {
  const query = parseAccountListQuery(asked);
  if (!query.ok) return invalid(query.error, 'always');
  const { items, total } = await listAccounts(db, query.value);
  return {
    status: 200,
    data: { accounts: items.map(accountView), pagination: paginationView(query.value, total) },
  };
}

async function retrieve({ db }: ApiDependencies, { id }: PlatformCall): Promise<Outcome> {
  const account = await findAccount(db, id);
  return account === null ? { refused: 'customerNotFound' } : { status: 200, data: accountView(account) };
}

async function change({ db }: ApiDependencies, { id, body }: PlatformCall): Promise<Outcome> {
  const input = parseAccountChange(jsonValueOf(body));
  if (!input.ok) return invalid(input.error, 'always');
  const account = await updateAccount(db, id, input.value);
  return account === null ? { refused: 'customerNotFound' } : { status: 200, data: accountView(account) };
}

async function remove(
  { db, onDeliveriesAffected }: ApiDependencies,
  knownAccounts: KnownAccounts,
  { id }: PlatformCall,
): Promise<Outcome> {
  const isDeleted = await deleteAccount(db, id);
  // An organization takes its profiles along.
  knownAccounts.forgetAll();
  if (!isDeleted) return { refused: 'customerNotFound' };
  onDeliveriesAffected();
  return noContent;
}
