import { DatabaseUnavailable } from '../storage/database.ts';

/** What a person types who wants another port. */
export const portExample = 'PORT=5000 npx posthorn serve';

const listening = /^(listen|bind|getaddrinfo)$/;

/** Outages are explained by their message; anything else is a bug, whose stack is wanted. */
export function explain(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && listening.test(String(error.syscall))) {
    return (
      `Posthorn cannot listen: ${error.message}. Set HOST and PORT to an address of this machine that is free, ` +
      `e.g. ${portExample}.`
    );
  }
  if (error instanceof DatabaseUnavailable) {
    return `Posthorn failed: ${error.message}. Check that DATABASE_URL is right and the database runs.`;
  }
  return `Posthorn failed: ${error instanceof Error ? error.stack : String(error)}`;
}
