/** Looks for secrets in whatever the service lets out: as they are, in other encodings, and in parts. */

export interface Secret {
  /** What it is, for the test that fails; the secret itself must not be in its output either. */
  readonly what: string;
  readonly text: string;
}

/** So much of a secret is found wherever it stands; less than this is shown on purpose, to recognise a key by. */
const partLength = 16;

/** What is found of the secrets, each named once. */
export function findSecrets(secrets: readonly Secret[], text: string): string[] {
  const parts = new Map<string, string>();
  for (const { what, text: secret } of secrets) {
    for (const [form, written] of formsOf(secret)) {
      for (let start = 0; start + partLength <= written.length; start++) {
        const part = written.slice(start, start + partLength);
        if (!parts.has(part)) parts.set(part, `${what}, ${form}`);
      }
    }
  }
  const found = new Set<string>();
  for (let start = 0; start + partLength <= text.length; start++) {
    const what = parts.get(text.slice(start, start + partLength));
    if (what !== undefined) found.add(what);
  }
  return [...found];
}

/** As text and, where it is the base64 of bytes, those bytes; each also in base64 at its three alignments and in hexadecimal. */
function formsOf(secret: string): [form: string, written: string][] {
  const bytes = Buffer.from(secret.replace(/^(whsec_|php?_)/, ''), 'base64');
  return [
    ['in clear', secret],
    ['percent-encoded', encodeURIComponent(secret)],
    ...encodingsOf('', Buffer.from(secret)),
    ...encodingsOf('its bytes ', bytes),
  ];
}

function encodingsOf(prefix: string, bytes: Buffer): [string, string][] {
  const hex = bytes.toString('hex');
  const forms: [string, string][] = [
    [`${prefix}in hexadecimal`, hex],
    [`${prefix}in hexadecimal`, hex.toUpperCase()],
  ];
  for (const shift of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(shift), bytes]);
    // The first and the last characters depend on what stands beside the secret.
    for (const encoding of ['base64', 'base64url'] as const) {
      const inner = padded
        .toString(encoding)
        .replace(/=+$/, '')
        .slice(shift === 0 ? 0 : 4, -2);
      forms.push([`${prefix}in ${encoding}`, inner]);
    }
  }
  return forms;
}
