/** A customer's endpoint as small as it can be: reads the raw body, verifies the signature, answers 204. */
import { createServer, type IncomingMessage } from 'node:http';
import { Webhook } from 'standardwebhooks';

export interface Arrival {
  readonly eventName: string;
  readonly attempt: string;
  readonly verified: boolean;
}

export interface DemoReceiver {
  readonly url: string;
  /** Deliveries are verified with this secret from now on. */
  trust(secret: string): void;
  close(): Promise<void>;
}

export async function startDemoReceiver(onArrival: (arrival: Arrival) => void): Promise<DemoReceiver> {
  let verifier: Webhook | null = null;
  const server = createServer((request, response) => {
    readBody(request).then(
      (body) => {
        const verified = verifier !== null && isGenuine(verifier, body, request);
        response.writeHead(verified ? 204 : 401).end();
        onArrival({
          eventName: String(request.headers['x-webhook-event-type']),
          attempt: String(request.headers['x-webhook-attempt']),
          verified,
        });
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver got no port');
  return {
    url: `http://127.0.0.1:${address.port}/webhooks`,
    trust(secret) {
      verifier = new Webhook(secret);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function isGenuine(verifier: Webhook, body: string, { headers }: IncomingMessage): boolean {
  const text = (name: string) => String(headers[name]);
  try {
    verifier.verify(body, {
      'webhook-id': text('webhook-id'),
      'webhook-timestamp': text('webhook-timestamp'),
      'webhook-signature': text('webhook-signature'),
    });
    return true;
  } catch {
    return false;
  }
}
