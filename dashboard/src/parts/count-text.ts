/** A number of things, as it is read where the page is read. */
export function countText(value: number): string {
  return value.toLocaleString();
}
