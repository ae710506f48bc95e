import { type RefObject, useEffect } from 'react';

/** Takes whoever was refused to the first field that is wrong. */
export function useFocusOnInvalid(form: RefObject<HTMLElement | null>, problem: Error | null): void {
  useEffect(() => {
    if (problem !== null) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [form, problem]);
}
