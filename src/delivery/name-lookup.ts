/**
 * Finds the addresses of a name, which the guard then judges: by asking name servers that the operator has listed, or the
 * way this machine does it. Only with the former does a name that is never answered delay no others.
 */
import { CANCELLED, type LookupAddress, TIMEOUT } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';

/** All addresses of a name; rejects, or is empty, when there are none: with NameUnanswered where nobody said so. */
export type NameLookup = (hostname: string) => Promise<LookupAddress[]>;

/** Every server that was asked has kept silent. */
export class NameUnanswered extends Error {}

/** The first answer is waited for so long, in milliseconds, the second twice and the third four times as long. */
const firstTryMs = 1_000;
const tries = 3;
/** Within what the guard allows, so that no question is left over that nobody waits for. */
const answerMsMax = 9_000;
/** Once there are addresses of one family, those of the other are waited for no longer; past a first try that was lost. */
const otherFamilyMsMax = 2_000;

/** What these names mean is fixed (RFC 6761); no server is to be asked for them. */
const localName = /(^|\.)localhost\.?$/i;
const loopback: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/** `servers` as `Resolver.setServers` takes them; null: as the machine does it, on two threads by default. */
export function createNameLookup(servers: readonly string[] | null): NameLookup {
  if (servers === null) return (hostname) => lookup(hostname, { all: true });
  return async (hostname) => (localName.test(hostname) ? [...loopback] : ask(servers, hostname));
}

/**
 * Each look-up has a resolver of its own: it can be given up alone, its question leaves from a port that nobody can guess,
 * and c-ares has not learnt from quick names to have less patience with a slow one.
 */
async function ask(servers: readonly string[], hostname: string): Promise<LookupAddress[]> {
  const resolver = new Resolver({ timeout: firstTryMs, tries });
  resolver.setServers(servers);
  const giveUp = () => resolver.cancel();
  let deadline = setTimeout(giveUp, answerMsMax);
  const hurry = () => {
    clearTimeout(deadline);
    deadline = setTimeout(giveUp, otherFamilyMsMax);
  };
  const ipv4 = resolver.resolve4(hostname);
  const ipv6 = resolver.resolve6(hostname);
  Promise.any([ipv4, ipv6]).then(hurry, () => {});
  const [four, six] = await Promise.allSettled([ipv4, ipv6]);
  clearTimeout(deadline);
  const addresses = [...addressesOf(four, 4), ...addressesOf(six, 6)];
  if (addresses.length === 0 && (isUnanswered(four) || isUnanswered(six))) throw new NameUnanswered();
  return addresses;
}

function addressesOf(answer: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] {
  return answer.status === 'rejected' ? [] : answer.value.map((address) => ({ address, family }));
}

function isUnanswered(answer: PromiseSettledResult<string[]>): boolean {
  return answer.status === 'rejected' && (answer.reason.code === TIMEOUT || answer.reason.code === CANCELLED);
}
