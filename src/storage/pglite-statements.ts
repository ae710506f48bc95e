/**
 * Named statements of the embedded database. PGlite itself parses, plans and describes a statement each time, in five
 * entries into the database; a named one is parsed and planned once, and runs in one entry.
 */
import { type PGlite, protocol, types } from '@electric-sql/pglite';
import type { Sql } from 'sql-template-tag';
import { Column } from './columns.ts';

export interface EmbeddedStatements {
  /** Nothing else may run on this database meanwhile. @throws what the database refuses */
  run<Row>(statement: Sql, name: string): Promise<Row[]>;
  /** To be called before anything else is run: the planner is free again. */
  end(): Promise<void>;
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

const { serialize } = protocol;
/** As for the named statements of a server; see postgres.ts. */
const planning = `set plan_cache_mode to force_generic_plan; set enable_seqscan to off; set enable_hashjoin to off;
  set enable_mergejoin to off`;
const planningEnds = `set plan_cache_mode to auto; set enable_seqscan to on; set enable_hashjoin to on;
  set enable_mergejoin to on`;

export function createEmbeddedStatements(pglite: PGlite): EmbeddedStatements {
  const fieldsByName = new Map<string, readonly Field[]>();
  let isPlanning = false;

  /** Parses the statement, which has its fields described. */
  async function prepare({ text }: Sql, name: string): Promise<readonly Field[]> {
    const { messages } = await pglite.execProtocol(
      Buffer.concat([
        serialize.parse({ name, text }),
        serialize.describe({ type: 'S', name }),
        serialize.sync(),
      ]),
    );
    const fields = messages.flatMap((message) => ('fields' in message ? (message.fields as Field[]) : []));
    fieldsByName.set(name, fields);
    return fields;
  }

  return {
    async run<Row>(statement: Sql, name: string) {
      if (!isPlanning) await pglite.exec(planning);
      isPlanning = true;
      const fields = fieldsByName.get(name) ?? (await prepare(statement, name));
      const { messages } = await pglite.execProtocol(
        Buffer.concat([
          serialize.bind({ statement: name, values: statement.values.map(parameterOf) }),
          serialize.execute({}),
          serialize.sync(),
        ]),
      );
      return messages.flatMap((message) =>
        message.name === 'dataRow' && 'fields' in message
          ? [rowOf(fields, message.fields as (string | null)[]) as Row]
          : [],
      );
    },
    async end() {
      if (!isPlanning) return;
      isPlanning = false;
      await pglite.exec(planningEnds);
    },
  };
}

function parameterOf(value: unknown): ArrayBuffer | ArrayBufferView | string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Column) return value.toPostgres();
  if (typeof value === 'object')
    throw new Error('a named statement takes lists as columns, and moments as text');
  return String(value);
}

function rowOf(fields: readonly Field[], values: readonly (string | null)[]): object {
  return Object.fromEntries(
    fields.map(({ name, dataTypeID }, index) => [name, types.parseType(values[index] ?? null, dataTypeID)]),
  );
}
