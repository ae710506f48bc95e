/**
 * A lane is what of one webhook is ready to be sent: its first attempts, or its retries. Lanes are what deliveries are
 * shared out between, so that neither one webhook's backlog nor its retries stand before anybody else.
 */
export interface Lane {
  readonly webhookId: string;
  readonly accountId: string;
  readonly isRetry: boolean;
  /** Its latest delivery failed. */
  readonly isFailing: boolean;
}
