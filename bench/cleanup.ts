/** What is to be undone at the end, in the opposite order, however the benchmark ends. */
export interface Cleanup {
  add(undo: () => Promise<void>): void;
  run(): Promise<void>;
}

export function createCleanup(): Cleanup {
  const undos: (() => Promise<void>)[] = [];
  return {
    add: (undo) => undos.push(undo),
    async run() {
      for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
        await undo().catch((error) => process.stderr.write(`while cleaning up: ${error}\n`));
      }
    },
  };
}
