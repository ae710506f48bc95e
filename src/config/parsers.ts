/** Parsers of environment variables: each knows in words what it accepts, and refuses with the part that is wrong. */
import { isIP } from 'node:net';
import { accept, type Result, refuse } from '../domain/result.ts';

export interface Parser<Value> {
  /** Ends the sentence "<name> must be …". */
  readonly accepts: string;
  /** `text` is trimmed and not empty. The error is the part of it that is wrong. */
  readonly parse: (text: string) => Result<Value, string>;
}

export function matching(pattern: RegExp, accepts: string): Parser<string> {
  return { accepts, parse: (text) => (pattern.test(text) ? accept(text) : refuse(text)) };
}

function numberBetween(pattern: RegExp, kind: string, min: number, max: number): Parser<number> {
  return {
    accepts: `${kind} from ${min} to ${max}`,
    parse(text) {
      const value = Number(text);
      return pattern.test(text) && value >= min && value <= max ? accept(value) : refuse(text);
    },
  };
}

export function integer(min: number, max: number): Parser<number> {
  return numberBetween(/^\d+$/, 'a whole number', min, max);
}

export function decimal(min: number, max: number): Parser<number> {
  return numberBetween(/^(\d+(\.\d*)?|\.\d+)$/, 'a number', min, max);
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]): Parser<Choice> {
  return {
    accepts: `one of ${choices.join(', ')}`,
    parse(text) {
      const choice = choices.find((candidate) => candidate === text.toLowerCase());
      return choice === undefined ? refuse(text) : accept(choice);
    },
  };
}

export const trueOrFalse: Parser<boolean> = {
  accepts: 'true or false',
  parse(text) {
    const lower = text.toLowerCase();
    return lower === 'true' || lower === 'false' ? accept(lower === 'true') : refuse(text);
  },
};

/** Items separated by commas, in order, at least one. */
export function listOf<Item>(item: Parser<Item>, accepts: string): Parser<readonly Item[]> {
  return {
    accepts,
    parse(text) {
      const items: Item[] = [];
      for (const part of text.split(',')) {
        const parsed = item.parse(part.trim());
        if (!parsed.ok) return parsed;
        items.push(parsed.value);
      }
      return accept(Object.freeze(items));
    },
  };
}

const network: Parser<string> = {
  accepts: 'a network such as 10.0.0.0/8',
  parse(text) {
    const [address = '', prefix = '', ...rest] = text.split('/');
    const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    const valid = rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
    return valid && !address.includes('%') ? accept(text) : refuse(text);
  },
};

const someNetworks = listOf(network, 'networks such as 10.0.0.0/8,fd00::/8 separated by commas, or none');

/** CIDRs; `none`, or a list of nothing but commas, is the empty list. */
export const networks: Parser<readonly string[]> = {
  accepts: someNetworks.accepts,
  parse(text) {
    const empty = text.toLowerCase() === 'none' || /^[,\s]+$/.test(text);
    return empty ? accept(Object.freeze([])) : someNetworks.parse(text);
  },
};

/** As `Resolver.setServers` of node:dns takes it. */
export const nameServer: Parser<string> = {
  accepts: 'an IP address, with or without a port',
  parse(text) {
    const [, bracketed, plain = '', port = '53'] =
      /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
    const isServer = isIP(text) !== 0 || isIP(plain) === 4 || isIP(bracketed ?? '') === 6;
    const isPort = Number(port) >= 1 && Number(port) <= 65_535;
    return isServer && isPort && !text.includes('%') ? accept(text) : refuse(text);
  },
};

/** An address on the web that another text can be appended to. */
export const urlPrefix: Parser<string> = {
  accepts: 'an http or https URL that ends with /, # or =',
  parse(text) {
    const isWeb = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
    return isWeb && /[/#=]$/.test(text) ? accept(text) : refuse(text);
  },
};

export const postgresUrl: Parser<string> = {
  accepts:
    'a PostgreSQL URL such as postgresql://user:password@host:5432/database, with / # ? in them percent-encoded',
  parse(text) {
    const isPostgres = URL.canParse(text) && /^postgres(ql)?:\/\//.test(text);
    return isPostgres && !isCutShort(new URL(text)) ? accept(text) : refuse(text);
  },
};

/** Where a password has one of / # ? in it, its rest, and the @ that follows, are taken for the name of the database. */
function isCutShort({ pathname, search, hash }: URL): boolean {
  const options = search.replaceAll(/(?<=[?&])user=[^&]*/g, '');
  return [pathname, options, hash].some((part) => part.includes('@'));
}

/** 32 bytes in standard base64, as `openssl rand -base64 32` writes them; padding may be left out. */
export const encryptionKey: Parser<Buffer> = {
  accepts: '32 bytes in base64',
  parse(text) {
    const key = Buffer.from(text, 'base64');
    return /^[A-Za-z0-9+/]{43}=?$/.test(text) && key.length === 32 ? accept(key) : refuse(text);
  },
};
