/** The layers of ARCHITECTURE.md as rules: an import that is not allowed here does not pass `npm run check`. */
const layer = (name, allowed) => ({
  name: `${name}-imports-only-its-own-layers`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: {
    path: '^src/',
    pathNot: [`^src/${name}/`, ...allowed],
  },
});

module.exports = {
  forbidden: [
    {
      name: 'no-runtime-cycle',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-orphan', severity: 'error', from: { orphan: true, path: '^src/' }, to: {} },
    layer('domain', []),
    layer('storage', ['^src/domain/', '^src/errors\\.ts$']),
    layer('delivery', ['^src/domain/', '^src/storage/']),
    layer('api', ['^src/domain/', '^src/storage/', '^src/errors\\.ts$', '^src/config\\.ts$']),
    layer('cli', [
      '^src/domain/',
      '^src/storage/',
      '^src/service\\.ts$',
      '^src/config\\.ts$',
      '^src/errors\\.ts$',
      '^src/(log|metrics|metrics-total)\\.ts$',
    ]),
    {
      name: 'domain-does-no-io',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: {
        dependencyTypes: ['core', 'npm'],
        pathNot: [
          '^(node:)?crypto$',
          '^(node:)?net$',
          'node_modules/ajv',
          'node_modules/fastest-levenshtein',
        ],
      },
    },
    {
      name: 'only-storage-knows-a-database-driver',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/storage/(postgres|postgres-session|pglite|pglite-checkpoints|pglite-engine|pglite-statements)\\.ts$',
      },
      to: { path: 'node_modules/(pg|@electric-sql/pglite)/' },
    },
    {
      name: 'only-api-knows-fastify',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/api/' },
      to: { path: 'node_modules/(fastify|@fastify)/' },
    },
    {
      name: 'only-the-sender-opens-outbound-sockets',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(delivery/sender\\.ts|cli/demo.*\\.ts)$' },
      to: { path: 'node_modules/undici/' },
    },
    {
      name: 'only-cli-and-tests-build-the-service',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli\\.ts|cli/)' },
      to: { path: '^src/service\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
