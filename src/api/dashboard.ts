/**
 * The page at `/`, as it was built into the package. It is text and nothing else: what it shows it asks of the API, with the
 * key of whoever looks at it.
 */
import { fileURLToPath } from 'node:url';
import { fastifyStatic } from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** From the sources and from what is built of them alike. */
const directory = fileURLToPath(new URL('../../dist/dashboard/', import.meta.url));

/**
 * Nothing of others, no inline script, in nobody's frame. Inline styles stay allowed: the components set the variables of
 * their theme in a style element.
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
