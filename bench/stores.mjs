const { startEmbedded } = await import('../dist/embedded/embedded.js')
const { migrate } = await import('../dist/database/migrate.js')

/** A PostgreSQL with the tables, and a Redis, with their data in a directory. */
export async function startStores(dataDir, log) {
  const embedded = await startEmbedded({ dataDir, postgres: true, redis: true, log })
  await migrate(embedded.databaseUrl)
  return embedded
}
