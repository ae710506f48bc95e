import { Select, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { samplePayload } from '../../../../src/domain/sample-payload.ts';
import type { usePublish } from '../../api/events.ts';
import { fieldProblems } from '../../api/field-problems.ts';
import { AccountPicker } from './account-picker.tsx';
import { FormEnd } from './form-end.tsx';
import { JsonField } from './json-field.tsx';
import { readJson } from './json-text.ts';

export function PublishForm({
  accountId,
  names,
  publish,
}: {
  readonly accountId: string | null;
  /** Of the catalogue, as far as they can be published. */
  readonly names: readonly string[];
  readonly publish: ReturnType<typeof usePublish>;
}) {
  const [account, setAccount] = useState(accountId);
  const [event, setEvent] = useState<string | null>(null);
  const [payload, setPayload] = useState('{}');
  const [id, setId] = useState('');
  const [complaint, setComplaint] = useState<string | null>(null);
  const problems = fieldProblems(publish.error, ['account_id', 'event', 'payload', 'id']);

  /** Another event brings its sample, unless that would replace what was typed. */
  function choose(next: string | null) {
    if (payload === sampleText(event)) setPayload(sampleText(next));
    setEvent(next);
  }

  function submit(submission: FormEvent) {
    submission.preventDefault();
    const parsed = readJson(payload);
    setComplaint(parsed.ok ? null : parsed.error);
    if (parsed.ok) publish.mutate({ accountId: account, event, payload, id: id.trim() });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <AccountPicker
          label="Account"
          description="Whose webhooks get it: a profile, a user, or an organization itself."
          value={account}
          onChange={setAccount}
          error={problems.get('account_id')}
        />
        <Select
          label="Event"
          placeholder="Choose from the catalogue"
          data={names}
          value={event}
          onChange={choose}
          searchable
          nothingFoundMessage="Not in the catalogue, or not active"
          error={problems.get('event')}
        />
        <JsonField
          label="Payload"
          description="A JSON object, delivered as you type it: its keys in this order, its numbers unchanged."
          value={payload}
          onChange={setPayload}
          error={complaint ?? problems.get('payload')}
        />
        <TextInput
          label="Your own id"
          description="Optional. The same id for the same account within 24 hours is not sent again."
          value={id}
          onChange={(typing) => setId(typing.currentTarget.value)}
          error={problems.get('id')}
          autoComplete="off"
          spellCheck={false}
        />
        <FormEnd
          action="Publish"
          problem={problems.size === 0 ? publish.error : null}
          isPending={publish.isPending}
        />
      </Stack>
    </form>
  );
}

function sampleText(event: string | null): string {
  return event === null ? '{}' : JSON.stringify(samplePayload(event), null, 2);
}
