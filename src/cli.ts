#!/usr/bin/env node
/** The command line: which commands there are, and what the process ends with. */
import { Command, CommanderError } from 'commander';
import { addConfig } from './cli/config.ts';
import { addDemo } from './cli/demo.ts';
import { exitCodes } from './cli/exit-codes.ts';
import { explain, portExample } from './cli/explain.ts';
import { addKeys } from './cli/keys.ts';
import { addMigrate } from './cli/migrate.ts';
import { addServe } from './cli/serve.ts';
import { version } from './version.ts';

const commands: readonly ((program: Command) => void)[] = [addServe, addDemo, addMigrate, addKeys, addConfig];

async function run(words: readonly string[]): Promise<void> {
  const program = new Command('posthorn')
    .description('Self-hosted webhook service with the Sent v3 webhook API. Without a command: serve.')
    .version(version)
    .addHelpText(
      'after',
      `\nSettings are environment variables, e.g. ${portExample}; \`npx posthorn config\` lists them.`,
    )
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong configuration or usage.')
    .showHelpAfterError('Run `npx posthorn --help` to see every command and how to set what.')
    .exitOverride();
  for (const add of commands) add(program);
  // Not commander's default command: that one would take a misspelt command for its own argument.
  await program.parseAsync(words.length === 0 ? ['serve'] : words, { from: 'user' });
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  } else {
    process.stderr.write(`${explain(error)}\n`);
    // Whatever the failed command had opened must not keep the process.
    process.exit(exitCodes.failed);
  }
}
