/** What processes use, from /proc; nothing where there is none. */
import { readdir, readFile } from 'node:fs/promises';

/** Of every Linux: USER_HZ. */
const ticksPerSecond = 100;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Its own and that of its children that have ended. */
  readonly cpuTicks: number;
}

/** CPU seconds of a process and all its descendants, those that have ended included. */
export async function cpuSecondsOf(root: number): Promise<number | null> {
  const tree = await treeOf(root);
  return tree.length === 0 ? null : tree.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0) / ticksPerSecond;
}

/** The most memory that a process and each of its descendants held since they began, in bytes. */
export async function peakMemoryOf(root: number): Promise<number[]> {
  return Promise.all((await treeOf(root)).map(({ pid }) => peakOf(pid)));
}

export interface Held {
  /** Of each process. */
  readonly memoryBytes: readonly number[];
  readonly openFiles: readonly number[];
}

/** What processes and all their descendants hold now. */
export async function heldBy(roots: readonly number[]): Promise<Held> {
  const pids = (await Promise.all(roots.map(treeOf))).flat().map(({ pid }) => pid);
  return {
    memoryBytes: await Promise.all(pids.map((pid) => memoryOf(pid, 'VmRSS'))),
    openFiles: await Promise.all(pids.map(openFilesOf)),
  };
}

function peakOf(pid: number): Promise<number> {
  return memoryOf(pid, 'VmHWM');
}

async function memoryOf(pid: number, field: 'VmHWM' | 'VmRSS'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return Number(kilobytes ?? 0) * 1024;
}

async function openFilesOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
}

async function treeOf(root: number): Promise<Stat[]> {
  const names = await readdir('/proc').catch(() => []);
  const stats = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(statOf));
  const all = stats.filter((stat) => stat !== null);
  const members = new Set([root]);
  // Parents may stand after their children: until nobody is added.
  for (let before = 0; before !== members.size; ) {
    before = members.size;
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid);
  }
  return all.filter(({ pid }) => members.has(pid));
}

async function statOf(pid: string): Promise<Stat | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name in parentheses may hold spaces; what follows it begins with field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid: Number(pid), parent: Number(fields[1]), cpuTicks: ticks };
}
