import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressedCopies } from './compressed-copies.ts';

/** The pages that the service serves at / and /docs. While they are written, `vite dashboard` shows them beside a running service. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), compressedCopies()],
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    // The policy of the page allows no data URLs for scripts and fonts.
    assetsInlineLimit: 0,
    target: 'es2023',
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Compressing the reference takes most of the time, as is to be expected.
      checks: { pluginTimings: false },
      input: {
        dashboard: `${import.meta.dirname}/index.html`,
        reference: `${import.meta.dirname}/docs/index.html`,
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/v3', '/platform', '/openapi.json'].map((path) => [path, 'http://127.0.0.1:4000']),
    ),
  },
});
