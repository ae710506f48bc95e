/** Where a service listens unless told otherwise. The page of the reference puts its own origin in the place of it. */
export const sampleAddress = 'http://127.0.0.1:4000';
