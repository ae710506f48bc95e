/** What a statement read, by `explain (analyze, format json)`. */

/** Rows that the nodes of a plan took out of a table, those included that they then threw away. */
export function rowsReadOf(plan: unknown, table: string): number {
  if (typeof plan !== 'object' || plan === null) return 0;
  const children = Object.values(plan).reduce<number>((sum, child) => sum + rowsReadOf(child, table), 0);
  if (!('Relation Name' in plan) || plan['Relation Name'] !== table) return children;
  const {
    'Actual Rows': rows = 0,
    'Actual Loops': loops = 0,
    'Rows Removed by Filter': removed = 0,
  } = {
    ...plan,
  } as Record<string, number>;
  return children + (rows + removed) * loops;
}
