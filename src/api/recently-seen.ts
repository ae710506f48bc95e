/** A map that forgets: at least the latest `max / 2` names are remembered, at most `max`. */
export interface RecentlySeen<Value> {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  delete(name: string): void;
}

/** In two generations: to take the oldest out of one full map would mean to walk over all that were taken out before. */
export function createRecentlySeen<Value>(max: number): RecentlySeen<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();

  function set(name: string, value: Value): void {
    young.set(name, value);
    if (young.size < max / 2) return;
    old = young;
    young = new Map();
  }

  return {
    set,
    get(name) {
      const value = young.get(name);
      if (value !== undefined) return value;
      const remembered = old.get(name);
      if (remembered !== undefined) set(name, remembered);
      return remembered;
    },
    delete(name) {
      young.delete(name);
      old.delete(name);
    },
  };
}
