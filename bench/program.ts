/** A part of the benchmark that runs in a process of its own and answers calls over IPC. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

type Calls<Table> = { readonly [Name in keyof Table]: (argument: never) => unknown };
type Argument<Call> = Call extends (argument: infer Given) => unknown ? Given : never;
type Answer<Call> = Call extends (argument: never) => infer Given ? Awaited<Given> : never;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export interface Program<Table extends Calls<Table>> {
  call<Name extends keyof Table & string>(
    name: Name,
    argument: Argument<Table[Name]>,
  ): Promise<Answer<Table[Name]>>;
  stop(): Promise<void>;
}

/** @param file the compiled program beside this file, such as `receiver-process.js` */
export function startProgram<Table extends Calls<Table>>(file: string): Program<Table> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)));
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  child.on('message', (message: Reply) => {
    const asker = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) asker?.resolve(message.value);
    else asker?.reject(new Error(message.error));
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      for (const { reject } of waiting.values()) reject(new Error(`${file} ended with ${code}`));
      resolve();
    });
  });
  return {
    call: (name, argument) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        waiting.set(id, { resolve: (value) => resolve(value as Answer<Table[typeof name]>), reject });
        send(child, { id, name, argument });
      }),
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

function send(child: ChildProcess, question: Question): void {
  child.send(question);
}

/** The other side. The process ends when the benchmark does. */
export function answerCalls<Table extends Calls<Table>>(table: Table): void {
  const handlers = new Map(Object.entries<(argument: never) => unknown>(table));
  const reply = (message: Reply) => process.send?.(message);
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ id, name, argument }: Question) => {
    try {
      reply({ id, value: await handlers.get(name)?.(argument as never) });
    } catch (error) {
      reply({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
}
