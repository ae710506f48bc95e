import type { Command } from 'commander';
import { checkedConfig } from './checked-config.ts';

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description("Publish a message's lifecycle and show each delivery arriving, verified")
    .action(demo);
}

async function demo(): Promise<void> {
  const config = checkedConfig();
  if (config === null) return;
  // Imported here because no other command needs the client and the verifier that it shows.
  const { runDemo } = await import('./demo-run.ts');
  await runDemo(config);
}
