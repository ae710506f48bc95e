/** What a platform sends about accounts and their keys (contract B), read into values or refused field by field. */
import {
  type AccountChange,
  type AccountType,
  accountStatuses,
  accountTypes,
  type NewAccount,
} from './account.ts';
import {
  type Checked,
  checkBody,
  checkChoice,
  checkInstant,
  checkText,
  optional,
  together,
  wrong,
} from './check.ts';
import { isUuid } from './identifier.ts';
import type { Issues } from './issue.ts';
import { checkSearch, filled, type Page, pageChecks, queryFields } from './query-check.ts';
import { accept, type Result, refuse } from './result.ts';

export const accountNameLengthMax = 255;
export const apiKeyNameLengthMax = 255;
/** The longest address that mail can carry (RFC 5321). */
export const emailLengthMax = 320;

export interface AccountListQuery extends Page {
  readonly search: string | null;
  readonly type: AccountType | null;
  /** Its profiles. */
  readonly organizationId: string | null;
}

export interface NewApiKeyInput {
  readonly name: string | null;
  readonly expiresAt: Date | null;
}

export function parseNewAccount(body: unknown): Result<NewAccount, Issues> {
  const fields = checkBody(body);
  if (!fields.ok) return fields;
  const { type, name, organization_id, email } = fields.value;
  const kind = checkChoice(type, 'type', accountTypes);
  return together({
    type: kind,
    name: checkText(name, 'name', accountNameLengthMax),
    organizationId: kind.ok ? checkOrganizationId(organization_id, kind.value) : accept(null),
    email: checkEmail(email),
  });
}

export function parseAccountListQuery(query: unknown): Result<AccountListQuery, Issues> {
  const fields = queryFields(query);
  return together({
    ...pageChecks(fields),
    search: checkSearch(fields.search),
    type: filled(fields.type, (value) => checkChoice(value, 'type', accountTypes)),
    organizationId: filled(fields.organization_id, checkOrganizationUuid),
  });
}

/** Only the fields that are present change; at least one must be. A null email takes the address away. */
export function parseAccountChange(body: unknown): Result<AccountChange, Issues> {
  const fields = checkBody(body);
  if (!fields.ok) return fields;
  const { name, email, status } = fields.value;
  if (name === undefined && email === undefined && status === undefined) {
    return refuse([{ field: 'body', message: 'At least one of name, email and status is required' }]);
  }
  return together({
    ...(name !== undefined && { name: checkText(name, 'name', accountNameLengthMax) }),
    ...(email !== undefined && { email: checkEmail(email) }),
    ...(status !== undefined && { status: checkChoice(status, 'status', accountStatuses) }),
  });
}

/** The body may be absent. A key without an expiry is valid until it is revoked. */
export function parseNewApiKey(body: unknown, nowMs: number): Result<NewApiKeyInput, Issues> {
  const fields = checkBody(body ?? {});
  if (!fields.ok) return fields;
  const { name, expires_at } = fields.value;
  return together({
    name: orNull(optional(name, (value) => checkText(value, 'name', apiKeyNameLengthMax))),
    expiresAt: orNull(optional(expires_at, (value) => checkExpiry(value, nowMs))),
  });
}

function checkOrganizationId(value: unknown, type: AccountType): Checked<string | null> {
  const isAbsent = value === undefined || value === null;
  if (type !== 'profile')
    return isAbsent ? accept(null) : wrong('organization_id', 'is only allowed for a profile');
  if (isAbsent) return wrong('organization_id', 'is required for a profile');
  return checkOrganizationUuid(value);
}

function checkOrganizationUuid(value: unknown): Checked<string> {
  return typeof value === 'string' && isUuid(value)
    ? accept(value.toLowerCase())
    : wrong('organization_id', 'must be a UUID');
}

function checkEmail(value: unknown): Checked<string | null> {
  return orNull(optional(value, (email) => checkText(email, 'email', emailLengthMax)));
}

function checkExpiry(value: unknown, nowMs: number): Checked<Date> {
  const moment = checkInstant(value, 'expires_at');
  return moment.ok && moment.value.getTime() <= nowMs ? wrong('expires_at', 'must be in the future') : moment;
}

function orNull<Value>(checked: Checked<Value | undefined>): Checked<Value | null> {
  return checked.ok ? accept(checked.value ?? null) : checked;
}
