import { Stack, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useRef } from 'react';
import { fieldProblems } from '../../api/field-problems.ts';
import type { SubscribableTypeList } from '../../api/schemas.ts';
import { ChangeProblem } from '../../parts/change-problem.tsx';
import { AdvancedFields } from './advanced-fields.tsx';
import { EventTree } from './event-tree.tsx';
import { useFocusOnInvalid } from './use-focus-on-invalid.ts';
import { draftFields, type WebhookDraft } from './webhook-draft.ts';

/** What a webhook is made of. The API's words against a field stand at that field. */
export function WebhookForm({
  draft,
  catalogue,
  problem,
  children,
  onChange,
  onSubmit,
}: {
  readonly draft: WebhookDraft;
  readonly catalogue: SubscribableTypeList;
  /** Why it was not saved. */
  readonly problem: Error | null;
  /** The buttons. */
  readonly children: ReactNode;
  readonly onChange: (draft: WebhookDraft) => void;
  readonly onSubmit: () => void;
}) {
  const form = useRef<HTMLFormElement>(null);
  useFocusOnInvalid(form, problem);
  const problems = fieldProblems(problem, draftFields);

  function submit(event: FormEvent) {
    event.preventDefault();
    onSubmit();
  }

  return (
    <form ref={form} onSubmit={submit} noValidate>
      <Stack maw={720}>
        <TextInput
          label="Display name"
          value={draft.displayName}
          onChange={({ currentTarget }) => onChange({ ...draft, displayName: currentTarget.value })}
          error={problems.get('display_name')}
          autoComplete="off"
        />
        <TextInput
          label="Endpoint URL"
          description="Gets a POST for every event."
          placeholder="https://example.com/webhooks"
          type="url"
          value={draft.endpointUrl}
          onChange={({ currentTarget }) => onChange({ ...draft, endpointUrl: currentTarget.value })}
          error={problems.get('endpoint_url')}
          autoComplete="off"
          spellCheck={false}
        />
        <EventTree
          catalogue={catalogue}
          choices={draft.events}
          error={problems.get('event_types') ?? problems.get('event_filters')}
          onChange={(events) => onChange({ ...draft, events })}
        />
        <AdvancedFields draft={draft} problems={problems} onChange={onChange} />
        {problem !== null && problems.size === 0 && <ChangeProblem problem={problem} />}
        {children}
      </Stack>
    </form>
  );
}
