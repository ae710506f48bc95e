/** Waits until the database says so: looks again and again, and fails with what it saw last. */
export async function eventually<Seen>(
  look: () => Promise<Seen>,
  isThere: (seen: Seen) => boolean,
  patienceMs = 10_000,
): Promise<Seen> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`waited in vain; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
