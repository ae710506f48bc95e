import { fastifySwagger } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';
import { accountSchema } from './schemas/account.ts';
import { apiKeySchema, newApiKeySchema } from './schemas/api-key.ts';
import { deliveredEventSchema, receivedWebhooks } from './schemas/delivered-event.ts';
import { eventComponents } from './schemas/event.ts';
import { eventTypeSchema, subscribableTypeSchema } from './schemas/event-type.ts';
import { meComponents } from './schemas/me.ts';
import { paginationSchema } from './schemas/pagination.ts';
import { platformStatsSchema } from './schemas/platform-stats.ts';
import { errorEnvelopeSchema, errorSchema, metaSchema } from './schemas/shared.ts';
import { statsComponents } from './schemas/stats.ts';
import { webhookBodySchema, webhookSchema } from './schemas/webhook.ts';
import { webhookEventSchema } from './schemas/webhook-event.ts';
import { webhookEventDetailComponents } from './schemas/webhook-event-detail.ts';
import { webhookStatsSchema } from './schemas/webhook-stats.ts';

const components: readonly TSchema[] = [
  metaSchema,
  errorSchema,
  errorEnvelopeSchema,
  paginationSchema,
  webhookSchema,
  webhookBodySchema,
  webhookEventSchema,
  ...statsComponents,
  webhookStatsSchema,
  platformStatsSchema,
  ...webhookEventDetailComponents,
  subscribableTypeSchema,
  eventTypeSchema,
  accountSchema,
  apiKeySchema,
  newApiKeySchema,
  deliveredEventSchema,
  ...meComponents,
  ...eventComponents,
];

/** Describes every route that is registered after it, and serves the description at /openapi.json. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  for (const component of components) app.addSchema(component);
  await app.register(fastifySwagger, {
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) => String(json.$id ?? `def-${index}`),
    },
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Posthorn',
        version,
        description: `The Sent v3 webhook API for the accounts of a messaging platform, and the Platform API for the platform itself.

- [/docs](/docs): this description to read and to try.
- [/docs#tag/deliveries](/docs#tag/deliveries): how a receiver verifies what it gets, in six languages.
- [/openapi.json](/openapi.json): this description for programs.`,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'Webhooks', description: 'Endpoints of an account and what was delivered to them.' },
        { name: 'Deliveries', description: 'What the endpoint of a webhook gets.' },
        {
          name: 'Statistics',
          description: 'How deliveries went: of an account, and for the platform of all.',
        },
        { name: 'Account', description: 'The account of the key.' },
        { name: 'Accounts', description: 'Platform: the accounts that own webhooks.' },
        { name: 'API keys', description: 'Platform: the keys of accounts.' },
        { name: 'Events', description: 'Platform: publishing and tracing events.' },
        { name: 'Event types', description: 'Platform: the catalogue.' },
      ],
      webhooks: receivedWebhooks,
      components: {
        securitySchemes: {
          accountKey: {
            type: 'apiKey',
            in: 'header',
            name: 'x-api-key',
            description: 'The key of an account.',
          },
          platformKey: {
            type: 'apiKey',
            in: 'header',
            name: 'x-api-key',
            description: 'The key of the platform.',
          },
        },
      },
    },
  });
  let text: string | null = null;
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    text ??= documentText(app);
    return reply.type('application/json; charset=utf-8').send(text);
  });
}

interface OpenApiDocument {
  readonly paths: Record<string, Record<string, OperationObject>>;
}

interface OperationObject {
  readonly requestBody?: RequestBody;
  'x-bodyExample'?: unknown;
}

interface RequestBody {
  required: boolean;
  readonly content: Record<string, MediaType>;
}

interface MediaType {
  readonly schema: { type?: string; required?: string[]; minProperties?: number };
  example?: unknown;
}

function documentText(app: FastifyInstance): string {
  const document: OpenApiDocument = JSON.parse(JSON.stringify(app.swagger()));
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    const { requestBody, 'x-bodyExample': example } = operation;
    delete operation['x-bodyExample'];
    const media = requestBody?.content['application/json'];
    if (requestBody === undefined || media === undefined) continue;
    // The plugin would take it from the schema, and loses it where that is a reference.
    if (example !== undefined) media.example = example;
    // The plugin calls every body required; one that needs no property may be left out.
    const { type, required, minProperties } = media.schema;
    if (type === 'object') requestBody.required = required !== undefined || minProperties !== undefined;
  }
  return JSON.stringify(document);
}
