/** What the owner of an endpoint can do about an attempt that failed. */

export interface Failure {
  readonly http_status_code: number | null;
  readonly error_message: string | null;
}

const byStatus: Readonly<Record<number, string>> = {
  400: 'Your endpoint found the request wrong. Compare what it expects with the body below.',
  401: 'Your endpoint asks for a login. Deliveries carry none: let requests in by their signature.',
  403: 'Something in front of your endpoint, such as a firewall or a bot filter, or the check of the signature itself refuses the request. If the secret was rotated, give your endpoint the new one.',
  404: 'Nothing is served at this path. Correct the endpoint URL in the settings, or deploy what serves it.',
  405: 'This path takes no POST. Correct the endpoint URL in the settings, or accept POST there.',
  408: 'Your endpoint gave up waiting. Look for a proxy in front of it that is too strict.',
  410: 'With 410 your endpoint says that it is gone for good, and the webhook was disabled. Activate it again before you resend.',
  413: 'Your endpoint takes only smaller bodies. Allow at least 1 MiB.',
  415: 'Your endpoint refuses JSON. Accept the content type application/json.',
  429: 'Your endpoint limits how often it may be called. Raise its limit; a Retry-After that it sends is honoured up to an hour.',
};

const byMessage: readonly (readonly [RegExp, string])[] = [
  [
    /^given up/i,
    'The webhook was not active any more. Put right what disabled it, activate it, and resend what is missing.',
  ],
  [
    /could not be resolved/i,
    'The name of the host is unknown. Look for a typing error in the endpoint URL, and for a DNS record that is missing or new.',
  ],
  [
    /not public/i,
    'Private addresses are not delivered to. Use a public address, or ask the operator to allow the network.',
  ],
  [
    /refused/i,
    'Nothing listens at this host and port. Check that your server runs, and that the port in the endpoint URL is right.',
  ],
  [
    /certificate/i,
    'The certificate of your endpoint is expired, is made for another name, or comes without its intermediates. Renew it, or serve the whole chain.',
  ],
  [
    /TLS/,
    'No secure connection came about. Check that the port speaks HTTPS, and that your server offers TLS 1.2 or newer.',
  ],
  [
    /no connection|accept the connection in time|could not be reached/i,
    'No connection came about. Check the host and port in the endpoint URL, and that your firewall lets the service in.',
  ],
  [
    /within \d/i,
    'Your endpoint took too long. Answer with 2xx as soon as you have stored the event and do the work afterwards, or allow more time in the settings.',
  ],
  [
    /closed the connection/i,
    'Your endpoint, or a proxy in front of it, ended the connection. Look for a crash or a restart in its log at this time.',
  ],
  [
    /valid HTTP/i,
    'What listens there does not speak HTTP. Check the port in the endpoint URL, and http or https.',
  ],
  [/signing secret/i, 'Rotate the secret of the webhook, give your endpoint the new one, and resend.'],
  [/service stopped/i, 'The fault is not yours. It is tried again by itself.'],
];

/** A sentence or two; null: it did not fail, or the message says all there is. */
export function failureAdvice({ http_status_code: status, error_message: message }: Failure): string | null {
  if (message === null) return null;
  const known = byMessage.find(([pattern]) => pattern.test(message));
  if (known !== undefined) return known[1];
  return status === null ? null : statusAdvice(status);
}

function statusAdvice(status: number): string | null {
  const known = byStatus[status];
  if (known !== undefined) return known;
  if (status >= 500)
    return 'Your endpoint failed while it worked on the event. Its log at this time, and the response below, say why.';
  if (status >= 400) return 'Your endpoint refused the event. The response below may say why.';
  if (status >= 300) return 'Enter the address that it leads to as the endpoint URL in the settings.';
  return null;
}
