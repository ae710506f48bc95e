import { type Static, Type } from 'typebox';
import { type Account, accountTypes } from '../../domain/account.ts';
import { momentText } from '../moment.ts';
import { momentSchema, nullable, reference, uuidSchema } from './shared.ts';

const phoneChannelSchema = Type.Object({ configured: Type.Boolean(), phone_number: nullable(Type.String()) });

const settingsSchema = Type.Object(
  {
    allow_contact_sharing: nullable(Type.Boolean()),
    allow_template_sharing: nullable(Type.Boolean()),
    billing_model: nullable(Type.String()),
    inherit_contacts: nullable(Type.Boolean()),
    inherit_tcr_brand: nullable(Type.Boolean()),
    inherit_tcr_campaign: nullable(Type.Boolean()),
    inherit_templates: nullable(Type.Boolean()),
  },
  { $id: 'ProfileSettings', additionalProperties: false },
);

const profileSchema = Type.Object(
  {
    id: uuidSchema,
    name: Type.String(),
    short_name: nullable(Type.String()),
    icon: nullable(Type.String()),
    description: nullable(Type.String()),
    role: nullable(Type.String()),
    status: nullable(Type.String()),
    created_at: momentSchema,
    settings: reference(settingsSchema),
  },
  { $id: 'Profile', additionalProperties: false },
);

export const meSchema = Type.Object(
  {
    type: Type.Enum([...accountTypes]),
    id: uuidSchema,
    organization_id: nullable(uuidSchema),
    name: Type.String(),
    short_name: nullable(Type.String()),
    email: nullable(Type.String()),
    icon: nullable(Type.String()),
    description: nullable(Type.String()),
    created_at: momentSchema,
    channels: Type.Object({
      sms: phoneChannelSchema,
      whatsapp: Type.Object({
        configured: Type.Boolean(),
        phone_number: nullable(Type.String()),
        business_name: nullable(Type.String()),
      }),
      rcs: phoneChannelSchema,
    }),
    status: nullable(Type.String()),
    settings: nullable(reference(settingsSchema)),
    profiles: Type.Array(reference(profileSchema)),
  },
  { $id: 'Me', additionalProperties: false },
);

export const meComponents = [settingsSchema, profileSchema, meSchema];

const noSettings: Static<typeof settingsSchema> = {
  allow_contact_sharing: false,
  allow_template_sharing: false,
  billing_model: null,
  inherit_contacts: false,
  inherit_tcr_brand: false,
  inherit_tcr_campaign: false,
  inherit_templates: false,
};

const noPhone = { configured: false, phone_number: null };

/** Posthorn knows no channels and no profile settings; clients that show them find them empty. */
export function meView(account: Account, profiles: readonly Account[]): Static<typeof meSchema> {
  const isProfile = account.type === 'profile';
  return {
    type: account.type,
    id: account.id,
    organization_id: account.organizationId,
    name: account.name,
    short_name: null,
    email: account.email,
    icon: null,
    description: null,
    created_at: momentText(account.createdAt),
    channels: { sms: noPhone, whatsapp: { ...noPhone, business_name: null }, rcs: noPhone },
    status: isProfile ? profileStatus(account) : null,
    settings: isProfile ? noSettings : null,
    profiles: profiles.map(profileView),
  };
}

/** In the words of the Sent API, whose clients look for `approved`. */
function profileStatus({ status }: Account): string {
  return status === 'active' ? 'approved' : status;
}

function profileView(profile: Account): Static<typeof profileSchema> {
  return {
    id: profile.id,
    name: profile.name,
    short_name: null,
    icon: null,
    description: null,
    role: null,
    status: profileStatus(profile),
    created_at: momentText(profile.createdAt),
    settings: noSettings,
  };
}
