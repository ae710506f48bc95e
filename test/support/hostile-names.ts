/** What a customer's name server may answer: addresses that are forbidden, in every mixture, and nothing that can be used. */
import {
  dnsAnswer,
  type NameAnswer,
  noSuchName,
  notImplemented,
  refusedCode,
  serverFailure,
} from './name-answer.ts';
import type { NameReply, Question } from './name-server.ts';

export interface HostileName {
  /** Also the name itself, with dashes. */
  readonly what: string;
  readonly reply: (question: Question) => NameReply;
}

/** The one that is allowed where these names are tried. */
export const allowedAddress = '127.0.0.2';
export const allowedForms: ReadonlySet<string> = new Set([allowedAddress, '::ffff:7f00:2']);

const publicAddresses = Array.from({ length: 499 }, (_none, n) => `9.9.${n >> 8}.${n & 255}`);

function answering(answers: Readonly<Record<string, NameAnswer>>): HostileName[] {
  return Object.entries(answers).map(([what, answer]) => ({ what, reply: () => answer }));
}

/** At least one of the addresses is forbidden. */
export const forbiddenNames: readonly HostileName[] = [
  ...['127.0.0.1', '127.0.0.3', '0.0.0.0', '10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1'],
  ...['169.254.169.254', '168.63.129.16', '224.0.0.1', '255.255.255.255', '::1', '::', 'fd00::1', 'fe80::1'],
  ...['::ffff:7f00:1', '::7f00:1', '64:ff9b::7f00:1', '64:ff9b:1::7f00:1', '2002:7f00:1::1', 'ff02::1'],
].flatMap((address) => answering({ [`only ${address.replaceAll(/[.:]/g, '-')}`]: { addresses: [address] } }));

export const mixedNames: readonly HostileName[] = answering({
  'allowed then forbidden': { addresses: [allowedAddress, '127.0.0.1'] },
  'forbidden then allowed': { addresses: ['127.0.0.1', allowedAddress] },
  'public then forbidden': { addresses: ['9.9.9.9', '127.0.0.1'] },
  'forbidden in the other family': { addresses: [allowedAddress, '::1'] },
  'public in one family and forbidden in the other': { addresses: ['2620:fe::fe', '127.0.0.1'] },
  'forbidden in both families': { addresses: ['127.0.0.1', '::1'] },
  'one of 500': { addresses: [...publicAddresses, '127.0.0.1'] },
  'the first of 500': { addresses: ['127.0.0.1', ...publicAddresses] },
  'an alias of a forbidden name': { aliases: ['internal.test'], addresses: ['127.0.0.1'] },
  'an alias of localhost': { aliases: ['localhost'], addresses: ['127.0.0.1', '::1'] },
  'an alias of an alias': { aliases: ['a.test', 'b.test', 'c.test'], addresses: ['10.0.0.1'] },
});

/** By how often the name was looked up before. */
export const turningNames: readonly [what: string, addressesOf: (lookUp: number) => readonly string[]][] = [
  ['allowed, then forbidden, in turns', (n) => [n % 2 === 0 ? allowedAddress : '127.0.0.1']],
  ['forbidden, then allowed, in turns', (n) => [n % 2 === 1 ? allowedAddress : '127.0.0.1']],
  ['twice allowed, then forbidden', (n) => [n % 3 < 2 ? allowedAddress : '127.0.0.1']],
  ['once allowed in five', (n) => [n % 5 === 4 ? allowedAddress : '127.0.0.3']],
  ['allowed, then forbidden in the other family', (n) => [n % 2 === 0 ? allowedAddress : '::1']],
  ['with a forbidden address every second time', (n) => [allowedAddress, '127.0.0.1'].slice(0, (n % 2) + 1)],
  ['in IPv4, then wrapped in IPv6', (n) => [n % 2 === 0 ? allowedAddress : '::ffff:7f00:1']],
  ['allowed in either family', (n) => [n % 2 === 0 ? allowedAddress : '::ffff:7f00:2']],
];

const forbidden: NameAnswer = { addresses: ['127.0.0.1', '::1'] };

/** The bytes of a right answer with a forbidden address, changed. */
function spoilt(change: (answer: Buffer) => Buffer): () => NameReply {
  return () => (query) => change(dnsAnswer(query, forbidden));
}

/** Leads to no address at all. */
export const uselessNames: readonly HostileName[] = [
  ...answering({
    unknown: { code: noSuchName },
    failing: { code: serverFailure },
    refused: { code: refusedCode },
    'not implemented': { code: notImplemented },
    'without addresses': {},
    'an alias of nothing': { aliases: ['nothing.test'] },
    'an error beside a forbidden address': { ...forbidden, code: serverFailure },
  }),
  { what: 'never answered', reply: () => null },
  { what: 'cut off and never whole', reply: ({ overTcp }) => (overTcp ? null : { isTruncated: true }) },
  { what: 'cut off for ever', reply: () => ({ isTruncated: true }) },
  { what: 'answered with zeros', reply: () => () => Buffer.alloc(64) },
  { what: 'answered with nothing', reply: () => () => Buffer.alloc(0) },
  { what: 'answered with the question', reply: () => (query) => query },
  { what: 'answered to another question', reply: spoilt((answer) => withByte(answer, 13, 0x78)) },
  {
    what: 'answered with another id',
    reply: spoilt((answer) => withByte(answer, 0, answer.readUInt8(0) ^ 1)),
  },
  { what: 'broken off', reply: spoilt((answer) => answer.subarray(0, answer.length - 3)) },
  { what: 'with a name that never ends', reply: spoilt(withEndlessName) },
];

function withByte(answer: Buffer, at: number, byte: number): Buffer {
  answer.writeUInt8(byte, at);
  return answer;
}

/** The owner of the only record points to itself. */
function withEndlessName(answer: Buffer): Buffer {
  const endless = Buffer.from([0xc0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
  const question = answer.subarray(0, answer.indexOf(0, 12) + 5);
  endless.writeUInt16BE(0xc000 | question.length, 0);
  return Buffer.concat([question, endless]);
}
