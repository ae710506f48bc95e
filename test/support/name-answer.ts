/** Reads the question of a DNS query and writes the answer to it, with nothing that may be remembered (TTL 0). */
import { isIPv4 } from 'node:net';

export interface NameAnswer {
  /** Of both families; those that were asked for are sent. */
  readonly addresses?: readonly string[];
  /** The name is an alias of the first of these, that of the next; the last one has the addresses. */
  readonly aliases?: readonly string[];
  /** Default: 0, no error. */
  readonly code?: number;
  readonly isTruncated?: boolean;
}

export const serverFailure = 2;
export const noSuchName = 3;
export const notImplemented = 4;
export const refusedCode = 5;

const headerBytes = 12;
const types = { a: 1, cname: 5, aaaa: 28 };

interface AskedName {
  readonly id: number;
  readonly name: string;
  readonly family: 4 | 6;
  /** Of the question, in the query. */
  readonly end: number;
}

export function questionOf(query: Buffer): AskedName {
  const labels: string[] = [];
  let at = headerBytes;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = query.readUInt16BE(at + 1);
  const name = labels.join('.').toLowerCase();
  return { id: query.readUInt16BE(0), name, family: type === types.aaaa ? 6 : 4, end: at + 5 };
}

export function dnsAnswer(query: Buffer, answer: NameAnswer): Buffer {
  const { addresses = [], aliases = [], code = 0, isTruncated = false } = answer;
  const { name, family, end } = questionOf(query);
  const owners = [name, ...aliases];
  const chain = aliases.map((alias, index) => record(owners[index] ?? '', types.cname, nameBytes(alias)));
  const owner = owners.at(-1) ?? '';
  const asked = addresses.filter((address) => isIPv4(address) === (family === 4));
  const records = [
    ...chain,
    ...asked.map((address) => record(owner, family === 4 ? types.a : types.aaaa, addressBytes(address))),
  ];
  const header = Buffer.alloc(headerBytes);
  query.copy(header, 0, 0, 2);
  // An answer, to a recursive question, by a server that recurses.
  header.writeUInt16BE(0x8180 | (isTruncated ? 0x0200 : 0) | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(headerBytes, end), ...records]);
}

function record(owner: string, type: number, data: Buffer): Buffer {
  const fields = Buffer.alloc(10);
  fields.writeUInt16BE(type, 0);
  fields.writeUInt16BE(1, 2);
  fields.writeUInt16BE(data.length, 8);
  return Buffer.concat([nameBytes(owner), fields, data]);
}

function nameBytes(name: string): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'));
  return Buffer.concat([...labels, Buffer.alloc(1)]);
}

/** An IPv6 address without a dotted quad in it. */
function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [before = [], after = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
