import { sampleAddress } from '../../../src/api/sample-address.ts';
import { receiverGuide } from './receiver-guide.ts';

interface Described {
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
}

/** The description that the service gives of itself, with this very service in the examples, and the receiver's guide in it. */
export async function readDocument(): Promise<Described> {
  const response = await fetch('/openapi.json');
  if (!response.ok) throw new Error(`/openapi.json was answered with ${response.status}`);
  const text = (await response.text()).replaceAll(sampleAddress, location.origin);
  const document: Described = JSON.parse(text);
  const tags = document.tags.map((tag) =>
    tag.name === 'Deliveries' ? { ...tag, description: `${tag.description}\n\n${receiverGuide}` } : tag,
  );
  // As an address: Scalar would put a second slash behind the first.
  return { ...document, tags, servers: [{ url: location.origin }] };
}
