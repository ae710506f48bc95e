/**
 * The bare loop: what the same machine can send at the same moment with undici and one HMAC-SHA256 each, and nothing
 * else. Every rate is given as a ratio to it, so that figures of different machines and moments can be compared.
 */
import { type Program, startProgram } from './program.ts';

export interface BareRun {
  readonly origin: string;
  readonly payloadBytes: number;
  readonly connections: number;
  readonly durationMs: number;
}

export interface BareResult {
  readonly perSecond: number;
}

export type BareCalls = { run(run: BareRun): Promise<BareResult> };

export function startBare(): Program<BareCalls> {
  return startProgram<BareCalls>('bare-process.js');
}
