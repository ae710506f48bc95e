/** Finds POSTHORN_ variables that are no setting: a misspelt setting must not be ignored in silence. */
import { distance } from 'fastest-levenshtein';

const prefix = 'POSTHORN_';

/**
 * Kubernetes puts such variables into every container beside a Service called posthorn or posthorn-…; nobody
 * misspelt anything.
 */
function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}

/** Letters added, left out or changed; with more of them it is another word. In a short one, half as many. */
const mistakesMax = 2;

/** Compared without the prefix, so that POSTHORN_PORT leads to PORT; a name broken off counts as nearly right. */
function closestName(unknown: string, names: readonly string[]): string | null {
  const stem = unknown.slice(prefix.length);
  let closest: string | null = null;
  let smallest = (stem.length < 6 ? 1 : mistakesMax) + 1;
  for (const name of names) {
    const candidate = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    const difference = stem !== '' && candidate.startsWith(`${stem}_`) ? 1 : distance(stem, candidate);
    if (difference < smallest) {
      smallest = difference;
      closest = name;
    }
  }
  return closest;
}

/** A sentence for every variable that looks like a setting and is none of `names`. */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): string[] {
  const sentences: string[] = [];
  for (const [name, value = ''] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || names.includes(name) || value.trim() === '') continue;
    if (isServiceLink(name, value)) continue;
    const closest = closestName(name, names);
    const advice = closest
      ? `did you mean ${closest}?`
      : 'remove it, or run `npx posthorn config` to see every setting.';
    sentences.push(`${name} is not a setting: ${advice}`);
  }
  return sentences;
}
