const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** The largest multiple of 62 in a byte: values from it on would favour the first letters, and are skipped. */
const byteBound = 248;

/** `req_` and ten letters or digits, every one equally likely. */
export function newRequestId(randomBytes: (size: number) => Buffer): string {
  let id = '';
  while (id.length < 10) {
    for (const byte of randomBytes(16)) {
      if (byte < byteBound && id.length < 10) id += letters.charAt(byte % letters.length);
    }
  }
  return `req_${id}`;
}
