/** Puts text on the clipboard. False: the browser does not let it. */
export async function copyText(text: string): Promise<boolean> {
  // Browsers have it for https and for this machine only; a service in a private network is often neither.
  if (!('clipboard' in navigator)) return copyByCommand(text);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function copyByCommand(text: string): boolean {
  function fill(event: ClipboardEvent) {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
  }
  document.addEventListener('copy', fill, { once: true });
  const isCopied = document.execCommand('copy');
  document.removeEventListener('copy', fill);
  return isCopied;
}
