/** Lets no more than so many through to one webhook at a time; the others wait in their order. */
export interface Gates {
  /** Resolves when it is this one's turn. */
  enter(webhookId: string): Promise<void> | undefined;
  leave(webhookId: string): void;
}

interface Gate {
  inside: number;
  readonly waiting: (() => void)[];
}

export function createGates(insideMax: number): Gates {
  const gates = new Map<string, Gate>();
  return {
    enter(webhookId) {
      const gate = gates.get(webhookId) ?? { inside: 0, waiting: [] };
      gates.set(webhookId, gate);
      if (gate.inside < insideMax) {
        gate.inside++;
        return undefined;
      }
      return new Promise((resolve) => {
        gate.waiting.push(resolve);
      });
    },
    leave(webhookId) {
      const gate = gates.get(webhookId);
      if (gate === undefined) return;
      const next = gate.waiting.shift();
      if (next !== undefined) return next();
      gate.inside--;
      if (gate.inside === 0) gates.delete(webhookId);
    },
  };
}
