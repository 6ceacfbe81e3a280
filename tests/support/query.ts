import pg from 'pg'

/** The rows of one statement, on a connection of its own. */
export async function query(url: string | undefined, statement: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
