-- The first schema. Everything lives in the PostgreSQL schema "posthorn", so that a database can be shared.

-- The one clock of the queue: what is due and whose lease is over is decided here, never by a process.
-- A function of our own, inlined by the planner, so that tests can move time.
create function clock_now() returns timestamptz language sql stable as $$ select now() $$;

-- Identifiers are UUID v7. A delivery gets one from the millisecond of its event, so that the deliveries of an
-- event stand in one narrow range of identifiers and in the event's own partition.
create function sibling_id(id uuid) returns uuid language sql volatile as
$$ select (left(id::text, 13) || '-7' || right(gen_random_uuid()::text, 21))::uuid $$;

create table settings (
  name text primary key,
  value text not null
);

create table accounts (
  id uuid primary key,
  type text not null check (type in ('organization', 'profile', 'user')),
  organization_id uuid references accounts on delete cascade,
  name text not null,
  email text,
  status text not null default 'active' check (status in ('active', 'suspended')),
  created_at timestamptz not null default clock_now(),
  updated_at timestamptz,
  check ((type = 'profile') = (organization_id is not null))
);
create index accounts_organization on accounts (organization_id) where organization_id is not null;

create table api_keys (
  id uuid primary key,
  account_id uuid not null references accounts on delete cascade,
  name text,
  -- The first characters of the key, by which its owner recognises it.
  prefix text not null,
  -- SHA-256 of the key, hexadecimal. The key itself is kept nowhere.
  key_hash text not null unique,
  expires_at timestamptz,
  created_at timestamptz not null default clock_now()
);
create index api_keys_account on api_keys (account_id, id);

create table event_types (
  name text primary key,
  parent text references event_types on delete cascade,
  display_name text not null,
  description text,
  is_active boolean not null default true,
  -- JSON Schema 2020-12 of the payload; json and not jsonb, to be returned as it was given.
  schema json,
  position int generated always as identity,
  check ((parent is null) = (strpos(name, '.') = 0))
);

create table webhooks (
  id uuid primary key,
  account_id uuid not null references accounts on delete cascade,
  display_name text not null,
  endpoint_url text not null,
  sealed_secret text not null,
  sealed_previous_secret text,
  previous_secret_until timestamptz,
  is_active boolean not null default true,
  -- Why is_active was taken away by the service or the customer; null while active.
  disabled_reason text,
  event_types text[] not null check (cardinality(event_types) > 0),
  event_filters json,
  -- What publishing matches against, made from the two columns before: 'message.*', 'contact.opt_in'.
  patterns text[] not null,
  retry_count int not null check (retry_count between 1 and 5),
  timeout_seconds int not null check (timeout_seconds between 5 and 120),
  last_delivery_attempt_at timestamptz,
  last_successful_delivery_at timestamptz,
  consecutive_failures int not null default 0 check (consecutive_failures >= 0),
  created_at timestamptz not null default clock_now(),
  updated_at timestamptz,
  check ((sealed_previous_secret is null) = (previous_secret_until is null))
);
create index webhooks_account on webhooks (account_id, id);

-- The log of events. Partitions are days of identifiers; see storage/partitions.
create table events (
  id uuid primary key,
  account_id uuid not null,
  name text not null,
  producer_id text,
  -- What is delivered after the field name, as the bytes that are sent; not json, which would allow rewriting.
  body_tail text not null,
  deliveries int not null
) partition by range (id);
create table events_default partition of events default;

-- Unpartitioned: a unique index on a partitioned table would have to contain the partition key and then would
-- not find a repetition on another day.
create table dedup_keys (
  account_id uuid not null,
  producer_id text not null,
  event_id uuid not null,
  created_at timestamptz not null default clock_now(),
  primary key (account_id, producer_id)
);
create index dedup_keys_age on dedup_keys (created_at);

-- The queue: every delivery that is not finished, and nothing else. A lease is a due time in the future with a
-- token on it: when the holder dies, the delivery becomes due again by itself.
create table pending_deliveries (
  webhook_id uuid not null,
  id uuid not null,
  event_id uuid not null,
  event_name text not null,
  field text not null,
  due_at timestamptz not null,
  lease uuid,
  attempts int not null default 0,
  first_attempt_at timestamptz,
  -- Of the latest attempt, for the log.
  status_code int,
  response_body text,
  error_message text,
  primary key (webhook_id, id)
);
create index pending_deliveries_due on pending_deliveries (webhook_id, due_at);

-- The log of finished deliveries, with their last attempt.
create table deliveries (
  id uuid primary key,
  webhook_id uuid not null,
  event_id uuid not null,
  event_name text not null,
  field text not null,
  status text not null check (status in ('delivered', 'failed')),
  attempts int not null,
  status_code int,
  response_body text,
  error_message text,
  first_attempt_at timestamptz,
  last_attempt_at timestamptz,
  last_duration_ms int,
  finished_at timestamptz not null
) partition by range (id);
create index deliveries_webhook on deliveries (webhook_id, id);
create table deliveries_default partition of deliveries default;

-- Attempts before the last one of a delivery.
create table attempts (
  delivery_id uuid not null,
  webhook_id uuid not null,
  number int not null check (number >= 1),
  started_at timestamptz not null,
  duration_ms int not null,
  status_code int,
  response_body text,
  error_message text,
  primary key (delivery_id, number)
) partition by range (delivery_id);
create table attempts_default partition of attempts default;

create table idempotent_answers (
  account_id uuid not null references accounts on delete cascade,
  key text not null,
  -- SHA-256 of method, path and body.
  fingerprint text not null,
  request_id text not null,
  status int not null,
  -- Encrypted: an answer may carry a signing secret.
  sealed_body text not null,
  created_at timestamptz not null default clock_now(),
  primary key (account_id, key)
);
create index idempotent_answers_age on idempotent_answers (created_at);

-- Unlogged: after a crash of the database every bucket is full, which harms nobody.
create unlogged table rate_limits (
  account_id uuid not null,
  bucket text not null,
  -- The moment at which the bucket is full again (the "theoretical arrival time" of GCRA).
  full_at timestamptz not null,
  primary key (account_id, bucket)
);

-- Deleted webhooks and accounts whose log is still to be removed; see storage/erasures.
create table erasures (
  subject text not null check (subject in ('webhook', 'account')),
  id uuid not null,
  requested_at timestamptz not null default clock_now(),
  primary key (subject, id)
);

insert into event_types (name, parent, display_name, description)
values
  ('message', null, 'Message', 'What happened to a message'),
  ('templates', null, 'Templates', 'A message template changed its status'),
  ('contact', null, 'Contact', 'What a contact decided'),
  ('channel', null, 'Channel', 'The registration of a channel'),
  ('call', null, 'Call', 'What happened to a call'),
  ('link', null, 'Link', 'What happened to a link or file in a message');
insert into event_types (name, parent, display_name, description)
values
  ('message.queued', 'message', 'Message queued', 'The message was accepted and waits to be sent'),
  ('message.routed', 'message', 'Message routed', 'A channel was chosen for the message'),
  ('message.sent', 'message', 'Message sent', 'The message was handed to the channel'),
  ('message.delivered', 'message', 'Message delivered', 'The message reached the recipient''s device'),
  ('message.read', 'message', 'Message read', 'The recipient opened the message'),
  ('message.failed', 'message', 'Message failed', 'The message could not be delivered'),
  ('message.received', 'message', 'Message received', 'A message from a contact arrived'),
  ('message.filtered', 'message', 'Message filtered', 'The message was filtered by a carrier or a rule'),
  ('message.blocked', 'message', 'Message blocked', 'The message was blocked, for example after an opt-out'),
  ('message.scheduled', 'message', 'Message scheduled', 'The message will be sent at a later time'),
  ('contact.opt_in', 'contact', 'Contact opted in', 'The contact agreed to receive messages'),
  ('contact.opt_out', 'contact', 'Contact opted out', 'The contact wants no more messages'),
  ('contact.help', 'contact', 'Contact asked for help', 'The contact sent a help keyword'),
  ('channel.submitted', 'channel', 'Channel submitted', 'The channel was submitted for review'),
  ('channel.activated', 'channel', 'Channel activated', 'The channel can be used'),
  ('channel.rejected', 'channel', 'Channel rejected', 'The channel was refused in review'),
  ('call.initiated', 'call', 'Call initiated', 'The call was started'),
  ('call.answered', 'call', 'Call answered', 'The call was answered'),
  ('call.completed', 'call', 'Call completed', 'The call ended'),
  ('call.failed', 'call', 'Call failed', 'The call could not be made'),
  ('call.recording_ready', 'call', 'Call recording ready', 'The recording of the call can be fetched'),
  ('link.clicked', 'link', 'Link clicked', 'The recipient followed the link'),
  ('link.downloaded', 'link', 'Link downloaded', 'The recipient downloaded the file behind the link'),
  ('link.expired', 'link', 'Link expired', 'The link can no longer be used'),
  ('link.revoked', 'link', 'Link revoked', 'The link was withdrawn');
