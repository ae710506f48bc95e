/** What the primary process of `serve --processes` and its children tell each other. */
import type { MetricsReport } from '../metrics.ts';

export type ChildMessage =
  | { readonly tells: 'waiting'; readonly sentence: string }
  | { readonly tells: 'serving'; readonly address: string }
  | { readonly tells: 'failed'; readonly sentence: string }
  /** Asks for the metrics of all: somebody scrapes this child. */
  | { readonly tells: 'scraped'; readonly scrape: number }
  | { readonly tells: 'counted'; readonly round: number; readonly report: MetricsReport };

export type PrimaryMessage =
  | { readonly tells: 'stop' }
  | { readonly tells: 'count'; readonly round: number }
  | { readonly tells: 'total'; readonly scrape: number; readonly text: string };

/** Others speak on the same channel: Node in watch mode, for one. Who says `tells` is the other half of this program. */
export function isChildMessage(message: unknown): message is ChildMessage {
  return typeof message === 'object' && message !== null && 'tells' in message;
}

export function isPrimaryMessage(message: unknown): message is PrimaryMessage {
  return typeof message === 'object' && message !== null && 'tells' in message;
}
