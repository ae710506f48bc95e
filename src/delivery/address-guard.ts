/**
 * Decides which addresses may be delivered to. Only public addresses and the networks the operator has listed may; a
 * name is judged by every address it leads to, at the moment of connecting, so that it cannot change its mind between.
 */
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { accept, type Result, refuse } from '../domain/result.ts';
import { canonicalAddress, contains, ipv4BehindNat64, isPublic, networkList } from './ip-networks.ts';
import { type NameLookup, NameUnanswered } from './name-lookup.ts';

/** How long a look-up for a connection may take, in milliseconds. */
const lookupTimeoutMs = 10_000;
/** How long a client of the API waits for a look-up of the URL it has just sent, in milliseconds. */
const urlCheckTimeoutMs = 1_000;

/** At least one address; or the rest of a sentence that begins with the name. */
type Found = Result<LookupAddress[], string>;

const notFound: Found = refuse('could not be resolved');
const unanswered: Found = refuse('was not resolved in time: no name server answered');
const notInTime: Found = refuse(`was not resolved within ${lookupTimeoutMs / 1000} s`);

export interface AddressGuard {
  /** Null when the address may be connected to, else the reason, to be put into or at the head of a sentence. */
  checkAddress(ip: string): string | null;
  /**
   * The same for a URL that a client of the API has sent. A name that does not resolve within a second passes: its
   * address may not exist yet, and every connection is checked again.
   */
  checkUrl(url: string): Promise<string | null>;
  /** The addresses to connect to; refused with the reason when there is none or any one is forbidden. */
  resolve(hostname: string): Promise<Result<LookupAddress[], string>>;
}

export interface AddressGuardOptions {
  /** CIDRs, or single addresses, that may be delivered to although they are not public. Throws on any other text. */
  readonly allowedNetworks: readonly string[];
  readonly lookup: NameLookup;
}

export function createAddressGuard({ allowedNetworks, lookup }: AddressGuardOptions): AddressGuard {
  const allowed = networkList(allowedNetworks);
  const lookUp = coalesceLookups(lookup);

  const mayBeReached = (ip: string): boolean => {
    const address = canonicalAddress(ip);
    const embedded = ipv4BehindNat64(address);
    if (contains(allowed, address)) return true;
    return embedded === null ? isPublic(address) : isPublic(embedded) || contains(allowed, embedded);
  };
  const checkAddress = (ip: string): string | null => {
    if (isIP(ip) === 0) return `${ip} is not an IP address`;
    return mayBeReached(ip) ? null : notPublic(`the address ${ip} is`);
  };
  const checkAddresses = (hostname: string, addresses: readonly LookupAddress[]): string | null =>
    // The address itself is left out: the names of an internal network are not the customer's to explore.
    addresses.every(({ address }) => checkAddress(address) === null)
      ? null
      : notPublic(`the name ${hostname} leads to an address that is`);

  return {
    checkAddress,
    async checkUrl(url) {
      if (!URL.canParse(url)) return 'the URL is not valid';
      const hostname = new URL(url).hostname.replace(/^\[|\]$/g, '');
      if (isIP(hostname) !== 0) return checkAddress(hostname);
      const found = await within(urlCheckTimeoutMs, lookUp(hostname));
      return found?.ok ? checkAddresses(hostname, found.value) : null;
    },
    async resolve(hostname) {
      const found = (await within(lookupTimeoutMs, lookUp(hostname))) ?? notInTime;
      if (!found.ok) return refuse(`the name ${hostname} ${found.error}`);
      const reason = checkAddresses(hostname, found.value);
      return reason === null ? found : refuse(reason);
    },
  };
}

function notPublic(subject: string): string {
  return `${subject} not public; its network must be listed in POSTHORN_ALLOWED_NETWORKS`;
}

/** One look-up of a name at a time: a name that hangs holds one thread or socket, however many deliveries wait. */
function coalesceLookups(lookup: NameLookup) {
  const pending = new Map<string, Promise<Found>>();
  return (hostname: string): Promise<Found> => {
    const current = pending.get(hostname);
    if (current !== undefined) return current;
    const started = lookup(hostname)
      .then((addresses) => (addresses.length > 0 ? accept(addresses) : notFound))
      .catch((error) => (error instanceof NameUnanswered ? unanswered : notFound))
      .finally(() => pending.delete(hostname));
    pending.set(hostname, started);
    return started;
  };
}

async function within<Value>(timeoutMs: number, promise: Promise<Value>): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, null);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
