import type { CatalogueEntry } from '../../api/schemas.ts';

/** A parent of the catalogue with its dotted children. */
export interface Family {
  readonly parent: CatalogueEntry;
  readonly children: readonly CatalogueEntry[];
}

export function familiesOf(types: readonly CatalogueEntry[]): readonly Family[] {
  return types
    .filter((type) => type.parent === null)
    .map((parent) => ({ parent, children: types.filter((type) => type.parent === parent.name) }));
}

/** Families that contain the text themselves, and of the others the children that do. */
export function matching(families: readonly Family[], search: string): readonly Family[] {
  const wanted = search.trim().toLowerCase();
  const contains = ({ name, display_name, description }: CatalogueEntry) =>
    [name, display_name, description ?? ''].some((text) => text.toLowerCase().includes(wanted));
  return families
    .map(({ parent, children }) => ({
      parent,
      children: contains(parent) ? children : children.filter(contains),
    }))
    .filter(({ parent, children }) => contains(parent) || children.length > 0);
}
