import type { WebhookEventDetail } from '../../api/schemas.ts';

type SentRequest = WebhookEventDetail['request'];

/** Linux takes no single argument over 128 KiB; what a shell writes by itself has no such limit. */
const argumentBytesMax = 100_000;

/** The request as a command for sh, with nothing added to it; null while headers or body are not known. */
export function curlCommand({ method, url, headers, body }: SentRequest): string | null {
  if (headers === null || body === null) return null;
  const isPiped = new TextEncoder().encode(body).length > argumentBytesMax;
  const lines = [
    // Brackets in the URL are meant as they stand.
    `curl --globoff --request ${method} ${shellQuote(url)}`,
    ...Object.entries(headers).map(([name, value]) => `--header ${shellQuote(`${name}: ${value}`)}`),
    // What curl would add by itself.
    `--header 'accept:'`,
    `--header 'expect:'`,
    isPiped ? '--data-binary @-' : `--data-raw ${shellQuote(body)}`,
  ];
  return `${isPiped ? `printf %s ${shellQuote(body)} | ` : ''}${lines.join(' \\\n  ')}`;
}

/** One word of sh, whatever is in it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
