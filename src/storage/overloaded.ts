/** More waits than may wait, of all or of one owner: try again later. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}
