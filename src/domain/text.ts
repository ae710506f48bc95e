/** Text that PostgreSQL can hold: its type `text` takes neither NUL nor half of a surrogate pair. */
export function isStorableText(value: string): boolean {
  return !value.includes('\0') && !/\p{Surrogate}/u.test(value);
}
