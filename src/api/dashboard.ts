/**
 * The pages at `/` and `/docs`, as they were built into the package. They are text and nothing else: what they show they ask
 * of the API, with the key of whoever looks at them.
 */
import { fileURLToPath } from 'node:url';
import { fastifyStatic } from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** From the sources and from what is built of them alike. */
const directory = fileURLToPath(new URL('../../dist/dashboard/', import.meta.url));

/**
 * Nothing of others, no inline script, in nobody's frame. Inline styles stay allowed: the components of both pages set styles
 * from their scripts.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const yearSeconds = 31_536_000;

export async function registerDashboard(app: FastifyInstance): Promise<void> {
  await app.register(fastifyStatic, {
    root: directory,
    // Only what exists is a route: whatever else is answered by the API.
    wildcard: false,
    cacheControl: false,
    preCompressed: true,
    setHeaders(response, path) {
      // The names of assets carry a hash of their content.
      const isAsset = path.includes('/assets/');
      response.setHeader('Cache-Control', isAsset ? `public, max-age=${yearSeconds}, immutable` : 'no-cache');
      response.setHeader('Content-Security-Policy', policy);
      response.setHeader('X-Content-Type-Options', 'nosniff');
      response.setHeader('Referrer-Policy', 'no-referrer');
    },
  });
}
