/** Runs a script of this origin that puts what it offers into the global scope. */
export async function loadScript(address: string): Promise<void> {
  const script = document.createElement('script');
  const loaded = new Promise<void>((resolve, reject) => {
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${address} could not be loaded`));
  });
  script.src = address;
  document.head.append(script);
  await loaded;
}
