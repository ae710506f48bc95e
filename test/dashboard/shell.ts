import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs what a person would paste, and resolves with what it printed. */
export async function runShell(command: string): Promise<string> {
  const child = spawn('sh', ['-s'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  child.stdin.end(command);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the shell ended with ${code}: ${Buffer.concat(complaints)}`);
  return Buffer.concat(out).toString();
}
