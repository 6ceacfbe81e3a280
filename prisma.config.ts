import { defineConfig } from 'prisma/config'

// DATABASE_URL is read here for Prisma's command line alone; the server's configuration is src/config.ts.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
})
