import { Stack, Switch, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { usePutEventType } from '../../api/catalogue.ts';
import { fieldProblems } from '../../api/field-problems.ts';
import type { CatalogueEntry } from '../../api/schemas.ts';
import { FormEnd } from './form-end.tsx';
import { JsonField } from './json-field.tsx';
import { readJson } from './json-text.ts';

/** What a new entry begins with, or an entry as it is. */
export interface EntryDraft extends Pick<CatalogueEntry, 'name' | 'description' | 'is_active' | 'schema'> {
  /** Null: made of the name. */
  readonly display_name: string | null;
}

export function EventTypeForm({
  draft,
  taken,
}: {
  readonly draft: EntryDraft;
  /** Names that a new entry may not have; null: the entry exists, and its name stays. */
  readonly taken: readonly string[] | null;
}) {
  const [name, setName] = useState(draft.name);
  const [displayName, setDisplayName] = useState(draft.display_name ?? '');
  const [description, setDescription] = useState(draft.description ?? '');
  const [isActive, setActive] = useState(draft.is_active);
  const [schema, setSchema] = useState(draft.schema === null ? '' : JSON.stringify(draft.schema, null, 2));
  const [complaints, setComplaints] = useState<{ readonly name?: string; readonly schema?: string }>({});
  const [, navigate] = useLocation();
  const put = usePutEventType();
  const problems = fieldProblems(put.error, ['name', 'display_name', 'description', 'schema']);

  function submit(event: FormEvent) {
    event.preventDefault();
    const parsed = readJson(schema.trim() === '' ? 'null' : schema);
    const found = { ...nameComplaint(name.trim(), taken), ...(parsed.ok ? {} : { schema: parsed.error }) };
    setComplaints(found);
    if (!parsed.ok || found.name !== undefined) return;
    const settings = {
      ...(displayName.trim() === '' ? {} : { display_name: displayName }),
      description: description.trim() === '' ? null : description,
      is_active: isActive,
      // Whether it is an object is for the API to say.
      schema: parsed.value as CatalogueEntry['schema'],
    };
    put.mutate({ name: name.trim(), settings }, { onSuccess: () => navigate('/event-types') });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack maw={720}>
        <TextInput
          label="Name"
          description={
            taken === null
              ? 'It stays: webhooks are subscribed by it.'
              : 'A family such as order, or an event of one such as order.paid.'
          }
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          readOnly={taken === null}
          error={complaints.name ?? problems.get('name')}
          autoComplete="off"
          spellCheck={false}
        />
        <TextInput
          label="Display name"
          description="Optional. Without one it is made of the name."
          value={displayName}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
          error={problems.get('display_name')}
        />
        <Textarea
          label="Description"
          description="Optional. Customers see it where they choose what to subscribe to."
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          error={problems.get('description')}
          autosize
          minRows={2}
        />
        <Switch
          label="Active"
          description="What is not active stays in the catalogue and cannot be published."
          checked={isActive}
          onChange={(event) => setActive(event.currentTarget.checked)}
        />
        <JsonField
          label="JSON Schema"
          description="Optional, draft 2020-12. Every payload must satisfy it."
          value={schema}
          onChange={setSchema}
          error={complaints.schema ?? problems.get('schema')}
        />
        <FormEnd
          action={taken === null ? 'Save' : 'Create'}
          problem={problems.size === 0 ? put.error : null}
          isPending={put.isPending}
          onCancel={() => navigate('/event-types')}
        />
      </Stack>
    </form>
  );
}

/** Putting replaces: a new entry must not take the place of another by its name. */
function nameComplaint(name: string, taken: readonly string[] | null): { readonly name?: string } {
  if (name === '') return { name: 'Name is required' };
  if (taken?.includes(name)) return { name: 'There is an event type of this name already' };
  return {};
}
