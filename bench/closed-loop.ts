/** Requests on a number of connections, the next one on each as soon as the one before is done. */
import { Client } from 'undici';
import { type Judge, type Post, sendPost } from './post.ts';

export interface ClosedLoop {
  readonly clients: readonly Client[];
  /** Null: there is nothing more to do. */
  readonly next: () => Post | null;
  readonly judge: Judge;
}

export function openClients(origin: string, count: number): Client[] {
  return Array.from({ length: count }, () => new Client(origin));
}

export async function closeClients(clients: readonly Client[]): Promise<void> {
  await Promise.all(clients.map((client) => client.destroy()));
}

export async function runClosedLoop(loop: ClosedLoop): Promise<void> {
  await Promise.all(loop.clients.map((client) => runConnection(client, loop)));
}

function runConnection(client: Client, { next, judge }: ClosedLoop): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = () => {
      const post = next();
      if (post === null) resolve();
      else sendPost(client, post, judge, go, reject);
    };
    go();
  });
}
