/** Ways to write an address that must not be reached, with the port of a listener that must not be connected to. */

/** Each names this machine or a network that is not public; `P` stands for the port. */
const authorities: readonly string[] = [
  // IPv4 in every way that a URL can spell it.
  ...[
    '127.0.0.1:P',
    '127.0.0.2:P',
    '127.255.255.254:P',
    '127.1:P',
    '127.0.1:P',
    '2130706433:P',
    '017700000001:P',
  ],
  ...['0x7f000001:P', '0x7F.1:P', '0x7f.0x0.0x0.0x1:P', '0177.0.0.1:P', '0177.0.0.01:P', '00000177.0.0.1:P'],
  ...[
    '127.0x0.1:P',
    '127.0.0.1.:P',
    '2130706433.:P',
    '0x7f000001.:P',
    '0:P',
    '0.0.0.0:P',
    '0x0:P',
    '00:P',
    '0.:P',
  ],
  // Digits that are not ASCII, and percent-encoded ones.
  ...[
    '①②⑦.⓪.⓪.①:P',
    '１２７.０.０.１:P',
    '127。0。0。1:P',
    '127．0．0．1:P',
    '127｡0｡0｡1:P',
    '%31%32%37.0.0.1:P',
  ],
  ...['127%2e0%2e0%2e1:P', '%30x7f000001:P', '𝟏𝟐𝟕.𝟎.𝟎.𝟏:P', '127.0.0.%31:P', '1\u00ad27.0.0.1:P'],
  // Names of this machine.
  ...[
    'localhost:P',
    'LOCALHOST:P',
    'LocalHost:P',

    'ｌｏｃａｌｈｏｓｔ:P',
    '%6cocalhost:P',
    'ⓛocalhost:P',
  ],
  // IPv6.
  ...['[::1]:P', '[0:0:0:0:0:0:0:1]:P', '[0000:0000::0001]:P', '[::0.0.0.1]:P', '[::]:P', '[0::0]:P'],
  ...['[::ffff:127.0.0.1]:P', '[::FFFF:7F00:1]:P', '[0:0:0:0:0:ffff:127.0.0.1]:P', '[::ffff:0.0.0.0]:P'],
  ...[
    '[::ffff:10.0.0.1]:P',
    '[::ffff:a9fe:a9fe]:P',
    '[::127.0.0.1]:P',
    '[::7f00:1]:P',
    '[::ffff:0:127.0.0.1]:P',
  ],
  ...['[64:ff9b::127.0.0.1]:P', '[64:ff9b::7f00:1]:P', '[64:ff9b::a9fe:a9fe]:P', '[64:ff9b:1::127.0.0.1]:P'],
  ...[
    '[64:ff9b:1:ffff::1]:P',
    '[2002:7f00:1::1]:P',
    '[2002:a00:1::]:P',
    '[2001:0:7f00:1::1]:P',
    '[2001::1]:P',
  ],
  ...['[fe80::1]:P', '[febf::1]:P', '[fec0::1]:P', '[fc00::1]:P', '[fd00::2]:P', '[fd00:ec2::254]:P'],
  ...[
    '[fd20:ce::254]:P',
    '[ff02::1]:P',
    '[ff0e::1]:P',
    '[2001:db8::1]:P',
    '[3fff::1]:P',
    '[100::1]:P',
    '[5f00::1]:P',
  ],
  ...['[fe80::1%25lo]:P', '[::1%25lo]:P', '[::1%lo]:P'],
  // Private, shared and special networks, and where clouds keep what only the machine itself may know.
  ...['10.0.0.1:P', '10.255.255.254:P', '172.16.0.1:P', '172.31.255.254:P', '192.168.0.1:P', '100.64.0.1:P'],
  ...['169.254.169.254:P', '169.254.170.2:P', '2852039166:P', '0xa9fea9fe:P', '0251.0376.0251.0376:P'],
  ...[
    '169.254.43518:P',
    '100.100.100.200:P',
    '192.0.0.192:P',
    '168.63.129.16:P',
    '192.0.2.2:P',
    '198.18.0.1:P',
  ],
  ...['198.51.100.1:P', '203.0.113.1:P', '192.88.99.1:P', '224.0.0.1:P', '239.255.255.255:P', '240.0.0.1:P'],
  ...['255.255.255.255:P', '4294967295:P'],
  // Somebody else's name before or after it.
  ...['example.com@127.0.0.1:P', 'example.com:80@127.0.0.1:P', ':@127.0.0.1:P', '127.0.0.1:P\\@example.com'],
  ...[
    '127.0.0.1:P#@example.com',
    '127.0.0.1:P?@example.com',
    'user:pass@[::1]:P',
    'example.com%40@127.0.0.1:P',
  ],
  // Other ports, and none.
  ...['127.0.0.1', '127.0.0.1:0', '127.0.0.1:22', '127.0.0.1:65535', '[::1]:6379', 'localhost:5432'],
];

/** What has to be refused as no URL at all, or leads to such an address once it is read. */
const wholes: readonly string[] = [
  'https://127.0.0.1:P/',
  'HTTP://127.0.0.1:P/',
  'http:127.0.0.1:P/',
  'http:/127.0.0.1:P/',
  'http:///127.0.0.1:P/',
  'http:\\\\127.0.0.1:P\\',
  ' http://127.0.0.1:P/',
  'http://127.0.0.1:P/\n',
  'http://127.0.\t0.1:P/',
  '//127.0.0.1:P/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:P/_x',
  'ftp://127.0.0.1:P/',
  'ws://127.0.0.1:P/',
  'unix:/var/run/docker.sock',
  'http://[::1/',
  'http://127.0.0.1:99999/',
];

export function forbiddenUrls(port: number): string[] {
  const urls = [...authorities.map((authority) => `http://${authority}/hook`), ...wholes];
  return urls.map((url) => url.replace(/P(?=$|[^A-Za-z])/g, String(port)));
}
