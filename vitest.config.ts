import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    // Two copies of graphql would meet otherwise: "another module or realm".
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    include: ['tests/**/*.test.ts', 'examples/*/tests/**/*.test.ts'],
    // Against Debian's PgBouncer, HAProxy and Prometheus: `npm run test:operate`.
    exclude: ['**/node_modules/**', ...(process.env.OPERATE === 'true' ? [] : ['tests/operate/**'])],
    globalSetup: 'tests/support/servers.ts',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
})
