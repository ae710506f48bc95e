import type { FastifyInstance } from 'fastify';
import type { ApiDependencies } from './dependencies.ts';

/** For machines that watch the process: no key, no envelope, and left out of the OpenAPI document. */
export function registerHealthRoutes(app: FastifyInstance, { metrics, readiness }: ApiDependencies): void {
  const schema = { hide: true };
  app.get('/health/live', { schema }, async () => ({ status: 'live' }));
  app.get('/health/ready', { schema }, async (_request, reply) => {
    const missing = await readiness();
    if (missing.length === 0) return { status: 'ready' };
    return reply.code(503).send({ status: 'unavailable', missing });
  });
  app.get('/metrics', { schema }, async (_request, reply) => {
    const { contentType, body } = await metrics();
    return reply.type(contentType).send(body);
  });
}
