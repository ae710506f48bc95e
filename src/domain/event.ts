/** An event as a platform publishes it, after validation. */
export interface NewEvent {
  readonly id: string;
  readonly accountId: string;
  /** The catalogue's name: `message.delivered`, or a parent such as `templates`. */
  readonly name: string;
  /** The producer's own id, by which a repetition within 24 h is recognised. */
  readonly producerId: string | null;
  /** Everything of the delivered body after its `field`, exactly as it will be sent: see domain/body. */
  readonly bodyTail: string;
}

export interface PublishedEvent {
  /** The id of the event; of the first one when this is a repetition. */
  readonly id: string;
  readonly deliveries: number;
  readonly duplicate: boolean;
}
