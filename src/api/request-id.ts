const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** The largest multiple of 62 in a byte: values from it on would favour the first letters, and are skipped. */
const byteBound = 248;
const lettersPerId = 10;
/** Drawn at once: one system call for each id would be a tenth of the cost of publishing an event. */
const poolBytes = 4096;

/** Makes ids of `req_` and ten letters or digits, every one equally likely. */
export function createRequestIds(randomBytes: (size: number) => Buffer): () => string {
  let pool: Buffer = Buffer.alloc(0);
  let position = 0;

  function nextByte(): number {
    if (position >= pool.length) {
      pool = randomBytes(poolBytes);
      position = 0;
    }
    return pool.readUInt8(position++);
  }

  return () => {
    let id = 'req_';
    while (id.length < 'req_'.length + lettersPerId) {
      const byte = nextByte();
      if (byte < byteBound) id += letters.charAt(byte % letters.length);
    }
    return id;
  };
}
