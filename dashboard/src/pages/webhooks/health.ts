import type { WebhookStats } from '../../api/schemas.ts';

/** Why it is not well, as a sentence; null while it is. */
export function ailmentOf({ health, disabled_reason, webhook }: WebhookStats): string | null {
  if (health === 'disabled') return sentence(disabled_reason ?? 'nothing is delivered to it');
  if (health === 'active') return null;
  const { consecutive_failures: failures } = webhook;
  return failures === 1 ? 'The last delivery failed.' : `The last ${failures} deliveries failed.`;
}

export function remedyOf(health: WebhookStats['health']): string {
  return health === 'disabled'
    ? 'Nothing is delivered to it. When its endpoint is well, send a test event, then activate it.'
    : 'Look at the latest delivery for the reason, or send a test event. What goes on failing disables the webhook.';
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
