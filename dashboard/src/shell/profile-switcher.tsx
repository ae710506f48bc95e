import { NativeSelect } from '@mantine/core';
import type { Me } from '../api/schemas.ts';
import { useSession } from '../session/session.ts';

const itself = 'itself';

/** An organization acts as itself or as one of its profiles; whoever else has nothing to switch. */
export function ProfileSwitcher({ me }: { readonly me: Me }) {
  const { profileId, actAs } = useSession();
  if (me.type !== 'organization' || me.profiles.length === 0) return null;
  return (
    <NativeSelect
      label="Acting as"
      size="sm"
      data={[
        { value: itself, label: `${me.name} (organization)` },
        ...me.profiles.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      value={profileId ?? itself}
      onChange={({ currentTarget: { value } }) => actAs(value === itself ? null : value)}
    />
  );
}
