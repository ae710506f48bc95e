/**
 * Which endpoint URLs are accepted. An accepted URL is stored and shown as it was sent; whether its address may be
 * delivered to is decided elsewhere (delivery/address-guard).
 */
import { type Checked, wrong } from './check.ts';
import { accept } from './result.ts';
import { isStorableText } from './text.ts';
import { endpointUrlLengthMax } from './webhook.ts';

/** `URL` also takes `http:example.com` and `http:///example.com`, which other readers would take for something else. */
const absoluteForm = /^(https?):\/\/([^/?#\\]+)/i;
/** `URL` drops tabs and line ends wherever they stand. */
const controlCharacter = /\p{Cc}/u;

export function checkEndpointUrl(
  value: unknown,
  field: string,
  rules: { readonly requireHttps: boolean },
): Checked<string> {
  const invalid = wrong(field, `must be a valid ${rules.requireHttps ? 'HTTPS' : 'HTTP or HTTPS'} URL`);
  if (typeof value !== 'string') return invalid;
  if (value.length > endpointUrlLengthMax) {
    return wrong(field, `must be at most ${endpointUrlLengthMax} characters`);
  }
  const [, scheme = '', authority = ''] = absoluteForm.exec(value) ?? [];
  const isClean = value.trim() === value && !controlCharacter.test(value) && isStorableText(value);
  if (scheme === '' || !isClean || !URL.canParse(value)) return invalid;
  if (rules.requireHttps && scheme.toLowerCase() !== 'https') return invalid;
  if (authority.includes('@')) return wrong(field, 'must not contain a username or password');
  return accept(value);
}
