/** The lines of JSON that soak.js prints. */
import type { Held } from './process-tree.ts';
import type { Stored } from './stored.ts';

export interface Sample extends Held, Stored {
  readonly kind: 'sample';
  /** Since the first event. */
  readonly seconds: number;
}

/** Events that have been published and have all arrived. */
export interface Round {
  readonly kind: 'round';
  readonly seconds: number;
  readonly events: number;
}

export interface Summary {
  readonly kind: 'summary';
  readonly seconds: number;
  readonly events: number;
  /** Of the events, those that arrived. */
  readonly arrived: number;
  /** Deliveries that arrived again. */
  readonly repeated: number;
  /** Requests that were answered 503 and sent again. */
  readonly refusals: number;
}

export type SoakLine = Sample | Round | Summary;
