/** A timer that rings once; set again before it rang, it still rings when it would have. After that it can be set anew. */
export interface Alarm {
  setIn(ms: number): void;
  /** It rings no more, and cannot be set any more. */
  end(): void;
}

export function createAlarm(ring: () => void): Alarm {
  let timer: NodeJS.Timeout | null = null;
  let isOver = false;
  return {
    setIn(ms) {
      if (isOver) return;
      timer ??= setTimeout(() => {
        timer = null;
        ring();
      }, ms);
    },
    end() {
      isOver = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
