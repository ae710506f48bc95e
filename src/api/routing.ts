import type { FastifyInstance, HTTPMethods } from 'fastify';
import type { Presenter } from './presenter.ts';

const methods: readonly HTTPMethods[] = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** The methods of every address, from the moment of the call on. */
export function collectRoutes(app: FastifyInstance): ReadonlyMap<string, ReadonlySet<string>> {
  const routes = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const served = routes.get(url) ?? new Set();
    for (const one of [method].flat()) served.add(one);
    routes.set(url, served);
  });
  return routes;
}

/** Registered as routes, so that `DELETE /v3/webhooks/event-types` is not taken for the webhook `event-types`. */
export function refuseOtherMethods(
  app: FastifyInstance,
  presenter: Presenter,
  routes: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  for (const [url, served] of [...routes]) {
    const Allow = [...served].sort().join(', ');
    app.route({
      method: methods.filter((method) => !served.has(method)),
      url,
      schema: { hide: true },
      onRequest: async (request, reply) =>
        presenter.send(request, reply, { refused: 'methodNotAllowed', headers: { Allow } }),
      handler: (request, reply) => presenter.send(request, reply, { refused: 'methodNotAllowed' }),
    });
  }
}
