import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    // Two copies of graphql would meet otherwise: "another module or realm".
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    // Those of tests/operate need Debian's PgBouncer, HAProxy and Prometheus: `npm run test:operate`.
    ...(process.env.OPERATE === 'true'
      ? { include: ['tests/operate/*.test.ts'] }
      : { include: ['tests/**/*.test.ts', 'examples/*/tests/**/*.test.ts'], exclude: ['**/node_modules/**', 'tests/operate/**'] }),
    globalSetup: 'tests/support/servers.ts',
    setupFiles: 'tests/support/empty-redis.ts',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
})
