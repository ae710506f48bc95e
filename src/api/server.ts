import { type FastifyInstance, fastify, LogController } from 'fastify';
import { createAuthentication } from './authentication.ts';
import { registerDashboard } from './dashboard.ts';
import type { ApiDependencies } from './dependencies.ts';
import { createErrorHandler } from './error-handler.ts';
import { registerHealthRoutes } from './health.ts';
import { createHttpServer } from './http-server.ts';
import { registerBodyParsers } from './json-body.ts';
import { registerOpenApi } from './openapi.ts';
import { accountOperations } from './platform/accounts.ts';
import { apiKeyOperations } from './platform/api-keys.ts';
import { eventTypeOperations } from './platform/event-types.ts';
import { eventOperations } from './platform/events.ts';
import { createKnownAccounts } from './platform/known-accounts.ts';
import { registerPlatformRoutes } from './platform/platform-routes.ts';
import { platformStatsOperations } from './platform/stats.ts';
import { createPresenter, type Presenter } from './presenter.ts';
import { createRequestIds } from './request-id.ts';
import { collectRoutes, refuseOtherMethods } from './routing.ts';
import { createUnreadableRequestHandler } from './unreadable-request.ts';
import { registerAccountRoutes } from './v3/account-routes.ts';
import { subscribableTypeOperations } from './v3/event-types.ts';
import { meOperations } from './v3/me.ts';
import { statsOperations } from './v3/stats.ts';
import { webhookActionOperations } from './v3/webhook-actions.ts';
import { webhookEventOperations } from './v3/webhook-events.ts';
import { webhookOperations } from './v3/webhooks.ts';

const closeIdleEveryMs = 100;

/** A worker serves its health only. */
export async function buildServer(
  dependencies: ApiDependencies,
  { serves }: { readonly serves: 'everything' | 'health' },
): Promise<FastifyInstance> {
  const { clock, config, log, random, version } = dependencies;
  const newRequestId = createRequestIds(random.bytes);
  const presenter = createPresenter(config, clock);
  const handleError = createErrorHandler(log, presenter);
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: [...config.trustedProxies],
    requestIdHeader: false,
    genReqId: newRequestId,
    serverFactory: createHttpServer,
    // A request on a kept connection is still served while the service closes; the answer closes the connection.
    return503OnClosing: false,
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true, maxParamLength: 16_384 },
    frameworkErrors: handleError,
    clientErrorHandler: createUnreadableRequestHandler(config, clock, newRequestId),
  });
  if (log.level === 'debug' || log.level === 'trace') {
    app.addHook('onResponse', async ({ id, method, url }, reply) => {
      // Without its query: a client may have put its key there.
      const [path] = url.split('?', 1);
      log.debug({ requestId: id, method, path, status: reply.statusCode, ms: reply.elapsedTime }, 'answered');
    });
  }
  app.addHook('preClose', async () => {
    // The answer to a request that was under way keeps its connection open: idle, it would hold up the end for seconds.
    const closing = setInterval(() => app.server.closeIdleConnections(), closeIdleEveryMs);
    app.server.once('close', () => clearInterval(closing));
    closing.unref();
  });
  app.decorateRequest('session', null);
  app.decorateRequest('rateLimit', null);
  // The domain judges all input, with the exact messages of the contract: docs/decisions/0003-validation.md.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request, reply) => presenter.send(request, reply, { refused: 'routeNotFound' }));
  registerBodyParsers(app);

  const routes = collectRoutes(app);
  if (serves === 'everything') {
    await registerOpenApi(app, version);
    registerOperations(app, dependencies, presenter);
    await registerDashboard(app);
  }
  registerHealthRoutes(app, dependencies);
  refuseOtherMethods(app, presenter, routes);
  return app;
}

function registerOperations(app: FastifyInstance, dependencies: ApiDependencies, presenter: Presenter): void {
  const authentication = createAuthentication(dependencies);
  registerAccountRoutes(app, dependencies, authentication, presenter, [
    ...webhookOperations(dependencies),
    ...webhookActionOperations(dependencies),
    ...statsOperations(),
    ...webhookEventOperations(dependencies),
    ...subscribableTypeOperations(dependencies),
    ...meOperations(),
  ]);
  const knownAccounts = createKnownAccounts(dependencies.db, dependencies.clock);
  registerPlatformRoutes(app, authentication, presenter, [
    ...accountOperations(dependencies, knownAccounts),
    ...apiKeyOperations(dependencies),
    ...eventOperations(dependencies, knownAccounts),
    ...eventTypeOperations(dependencies),
    ...platformStatsOperations(dependencies),
  ]);
}
