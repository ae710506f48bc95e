import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { Outcome } from './answer.ts';
import { type Rendered, render } from './envelope.ts';
import { rateLimitHeaders } from './rate-limit.ts';

/** The only way out: turns outcomes into envelopes and sends them with the headers that every answer carries. */
export interface Presenter {
  render(request: FastifyRequest, outcome: Outcome): Rendered;
  send(request: FastifyRequest, reply: FastifyReply, outcome: Outcome | Rendered): FastifyReply;
}

export function createPresenter(config: Config, clock: { now(): number }): Presenter {
  function renderFor(request: FastifyRequest, outcome: Outcome): Rendered {
    return render(outcome, {
      requestId: request.id,
      nowMs: clock.now(),
      errorDocsUrl: config.errorDocsUrl,
    });
  }

  return {
    render: renderFor,
    send(request, reply, outcome) {
      const rendered = 'body' in outcome ? outcome : renderFor(request, outcome);
      reply.code(rendered.status).headers({
        'X-Request-Id': request.id,
        'X-Response-Time': `${Math.round(reply.elapsedTime)}ms`,
        'X-API-Version': 'v3',
        ...rateLimitHeaders(request, config, clock.now()),
        ...(request.session?.isScoped ? { 'X-Profile-Id': request.session.account.id } : {}),
        ...rendered.headers,
      });
      if (rendered.status === 204) return reply.send();
      return reply.type('application/json; charset=utf-8').send(Buffer.from(rendered.body));
    },
  };
}
