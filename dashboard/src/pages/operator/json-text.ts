/** JSON as a person types it: a value, or where it is broken. */
export type ReadJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string };

export function readJson(text: string): ReadJson {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return {
      ok: false,
      error: `This is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
