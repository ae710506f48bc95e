/** The API reference: the service's own description of itself, shown by a library that is served beside it. */
import scalarAddress from '../../../node_modules/@scalar/fastify-api-reference/dist/js/standalone.js?url';
import { configuration } from './configuration.ts';
import { readDocument } from './document.ts';
import { loadScript } from './load-script.ts';

declare global {
  var Scalar: { createApiReference(selector: string, configuration: unknown): void };
}

const [document] = await Promise.all([readDocument(), loadScript(scalarAddress)]);
Scalar.createApiReference('#reference', { ...configuration, content: document });
