/** What a customer of the platform does, with the official client. */
import { APIError, Sent } from '@sentdm/sentdm';
import { accept, type Result, refuse } from '../domain/result.ts';
import type { DemoTarget } from './demo-target.ts';

export interface DemoWebhook {
  readonly id: string;
  readonly signingSecret: string;
  remove(): Promise<void>;
}

/** The error is a sentence. */
export async function registerWebhook(
  { address, keys }: DemoTarget,
  endpointUrl: string,
): Promise<Result<DemoWebhook, string>> {
  const sent = new Sent({ apiKey: keys.profileKey, baseURL: address, maxRetries: 0, timeout: 10_000 });
  try {
    const { data } = await sent.webhooks.create({
      display_name: 'Demo',
      endpoint_url: endpointUrl,
      event_types: ['message'],
    });
    if (!data?.id || !data.signing_secret) return refuse(`${address} made a webhook without id or secret.`);
    const { id, signing_secret: signingSecret } = data;
    const remove = async () => {
      await sent.webhooks.delete(id).catch(() => {});
    };
    return accept({ id, signingSecret, remove });
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    return refuse(refusalOf(error, endpointUrl));
  }
}

function refusalOf({ status, error, message }: APIError, endpointUrl: string): string {
  const refused = `the service did not register ${endpointUrl}: ${messageOf(error) ?? message}`;
  if (status !== 400) return refused;
  return (
    `${refused}\nIt may only deliver to addresses that are public or allowed: ` +
    'start it with POSTHORN_ALLOWED_NETWORKS=127.0.0.0/8 for the demo.'
  );
}

/** The sentence in an answer of the API; null when there is none. */
export function messageOf(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return null;
  const { error } = answer;
  if (typeof error !== 'object' || error === null || !('message' in error)) return null;
  return String(error.message);
}
