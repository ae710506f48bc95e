/** The API reference: the service's own description of itself, shown by a library that is served beside it. */
// By its path: the package exports a plugin, and not the bundle that it serves.
import scalarAddress from '../../../node_modules/@scalar/fastify-api-reference/dist/js/standalone.js?url';
import { configuration } from './configuration.ts';
import { readDocument } from './document.ts';
import { loadScript } from './load-script.ts';

declare global {
  var Scalar: { createApiReference(selector: string, configuration: unknown): void };
}

async function show(): Promise<void> {
  const [content] = await Promise.all([readDocument(), loadScript(scalarAddress)]);
  Scalar.createApiReference('#reference', { ...configuration, content });
}

show().catch((error: unknown) => {
  const reason = error instanceof Error ? error.message : String(error);
  document
    .querySelector('#reference')
    ?.replaceChildren(`The reference cannot be shown: ${reason}. Reload the page.`);
});
