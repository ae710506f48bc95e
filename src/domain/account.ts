/** An account owns webhooks, keys and events. Three kinds: see contract A2. */
export const accountTypes = ['organization', 'profile', 'user'] as const;
export type AccountType = (typeof accountTypes)[number];

export const accountStatuses = ['active', 'suspended'] as const;
export type AccountStatus = (typeof accountStatuses)[number];

export interface Account {
  readonly id: string;
  readonly type: AccountType;
  /** The parent of a profile; null for the other kinds. */
  readonly organizationId: string | null;
  readonly name: string;
  readonly email: string | null;
  readonly status: AccountStatus;
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}

export interface NewAccount {
  readonly type: AccountType;
  readonly name: string;
  readonly organizationId: string | null;
  readonly email: string | null;
}

/** Only the fields that are present change. */
export interface AccountChange {
  readonly name?: string;
  readonly email?: string | null;
  readonly status?: AccountStatus;
}
