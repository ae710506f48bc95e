/**
 * Keeps connections that wait for their next request, by origin. There are never more than the bound, however many
 * origins there are: the one that has waited longest makes room.
 */
export interface IdleConnections<Connection> {
  /** The connection of this origin that was used last, or null; it is no longer kept. */
  take(origin: string): Connection | null;
  /** Gives back the connection that had to make room, or null. */
  keep(connection: Connection): Connection | null;
  /** Whether it was kept. */
  remove(connection: Connection): boolean;
}

export function createIdleConnections<Connection extends { readonly origin: string }>(
  countMax: number,
): IdleConnections<Connection> {
  const byOrigin = new Map<string, Connection[]>();
  const byAge = new Set<Connection>();

  const remove = (connection: Connection): boolean => {
    if (!byAge.delete(connection)) return false;
    const siblings = byOrigin.get(connection.origin) ?? [];
    siblings.splice(siblings.lastIndexOf(connection), 1);
    if (siblings.length === 0) byOrigin.delete(connection.origin);
    return true;
  };
  return {
    remove,
    take(origin) {
      const connection = byOrigin.get(origin)?.at(-1) ?? null;
      if (connection !== null) remove(connection);
      return connection;
    },
    keep(connection) {
      const siblings = byOrigin.get(connection.origin);
      if (siblings === undefined) byOrigin.set(connection.origin, [connection]);
      else siblings.push(connection);
      byAge.add(connection);
      if (byAge.size <= countMax) return null;
      const [oldest = connection] = byAge;
      remove(oldest);
      return oldest;
    },
  };
}
