/** A timer that rings once for each time that it is set; set again before it rang, it rings when it would have. */
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
