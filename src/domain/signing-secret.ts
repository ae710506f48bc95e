/** The secret that a webhook's owner gets to verify signatures with; see domain/signature for its use. */

export const signingSecretBytes = 32;

/** `whsec_` and standard base64 with its padding, because receivers refuse what does not decode. */
export function newSigningSecret(bytes: Buffer): string {
  return `whsec_${bytes.toString('base64')}`;
}
