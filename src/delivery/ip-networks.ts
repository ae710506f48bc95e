/**
 * What is known of IP addresses and networks: which spelling is the address that a packet would carry, and which
 * addresses are public. Pure; addresses are text as node:net takes it.
 */
import { BlockList, isIP, isIPv4 } from 'node:net';

/** IPv4 networks that are not public. Source: IANA IPv4 Special-Purpose Address Registry; multicast, RFC 5771. */
const specialIpv4Networks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Answers only inside one cloud, where it is the platform's own: Azure's WireServer, which hands out credentials. */
const platformIpv4Networks = ['168.63.129.16/32'];
/** The only IPv6 space given out for global unicast. Source: IANA IPv6 Address Space registry. */
const globalIpv6Networks = ['2000::/3'];
/** What is not public inside it: protocol assignments with Teredo, documentation, 6to4. Source: as for IPv4. */
const specialIpv6Networks = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

// Both in the one spelling that WHATWG URL gives an IPv6 address: lower-case, zeros compressed, no dotted quad.
const ipv4Mapped = /^::ffff:([\da-f]+):([\da-f]+)$/;
const ipv4BehindGateway = /^64:ff9b::(?:([\da-f]+):)?([\da-f]*)$/;

const special = networkList([...specialIpv4Networks, ...platformIpv4Networks, ...specialIpv6Networks]);
const globalIpv6 = networkList(globalIpv6Networks);

/** Takes a canonical address. */
export function isPublic(address: string): boolean {
  return (isIPv4(address) || contains(globalIpv6, address)) && !contains(special, address);
}

/** Without a zone, and as IPv4 where IPv6 only wraps it (`::ffff:10.0.0.1`): the address that a packet would carry. */
export function canonicalAddress(ip: string): string {
  const address = ip.replace(/%.*$/, '');
  return embeddedIpv4(ipv4Mapped, address) ?? address;
}

/** The IPv4 address that a NAT64 gateway would send to (RFC 6052); on hosts with IPv6 only, DNS64 answers with these. */
export function ipv4BehindNat64(address: string): string | null {
  return embeddedIpv4(ipv4BehindGateway, address);
}

function embeddedIpv4(pattern: RegExp, address: string): string | null {
  if (isIPv4(address)) return null;
  const groups = pattern.exec(new URL(`http://[${address}]`).hostname.slice(1, -1));
  if (groups === null) return null;
  const octets = [groups[1], groups[2]].flatMap((group) => {
    const value = Number.parseInt(group || '0', 16);
    return [value >> 8, value & 0xff];
  });
  return octets.join('.');
}

/** Takes CIDRs and single addresses; throws on any other text. */
export function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [, ip = '', prefix] = /^([^/]*)(?:\/(\d+))?$/.exec(network) ?? [];
    if (isIP(ip) === 0)
      throw new Error(`"${network}" is not a network; write it like 10.0.0.0/8 or fd00::/8`);
    const address = canonicalAddress(ip);
    const bits = isIPv4(address) ? 32 : 128;
    // The prefix of an IPv6 network that wraps an IPv4 one counts the 96 bits around it too.
    const wrapped = bits === 32 && !isIPv4(ip) ? 96 : 0;
    const prefixBits = prefix === undefined ? bits : Number(prefix) - wrapped;
    list.addSubnet(address, prefixBits, bits === 32 ? 'ipv4' : 'ipv6');
  }
  return list;
}

export function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
