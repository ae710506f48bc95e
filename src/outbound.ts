/** Builds what leaves the process: the guard over addresses, the sender, and the rules of an attempt. Part of service.ts. */
import type { Config } from './config.ts';
import { type AddressGuard, createAddressGuard } from './delivery/address-guard.ts';
import type { DeliverRules } from './delivery/deliver.ts';
import { createKeyring } from './delivery/keyring.ts';
import { createNameLookup } from './delivery/name-lookup.ts';
import { createSender, type Sender } from './delivery/sender.ts';
import type { SecretBox } from './domain/secret-box.ts';
import { version } from './version.ts';

export interface Outbound {
  readonly guard: AddressGuard;
  readonly sender: Sender;
  readonly rules: DeliverRules;
}

interface Ambient {
  readonly clock: { now(): number };
  readonly random: { fraction(): number };
}

export function createOutbound(config: Config, secretBox: SecretBox, { clock, random }: Ambient): Outbound {
  const guard = createAddressGuard({
    allowedNetworks: config.allowedNetworks,
    lookup: createNameLookup(config.dnsServers),
  });
  const sender = createSender({ guard, clock: performance });
  const rules: DeliverRules = {
    sender,
    keyring: createKeyring(secretBox),
    clock,
    randomFraction: random.fraction,
    retrySchedule: config.retryScheduleSeconds,
    retryJitter: config.retryJitter,
    userAgent: `Posthorn/${version}`,
  };
  return { guard, sender, rules };
}
