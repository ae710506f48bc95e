/** Prints a line for a person. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The same, beside what the command was asked for. */
export function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}
