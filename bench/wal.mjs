// What is written to PostgreSQL's log ahead of the tables: what goes to a disk, to a backup and to each replica.
import pg from 'pg'

export class Wal {
  #client

  static async of(databaseUrl) {
    const wal = new Wal()
    wal.#client = new pg.Client(databaseUrl)
    // The servers are stopped before it where something fails, which is what has to be told.
    wal.#client.on('error', () => {})
    await wal.#client.connect()
    await wal.#client.query('CREATE EXTENSION IF NOT EXISTS pg_walinspect')
    return wal
  }

  async position() {
    const { rows } = await this.#client.query('SELECT pg_current_wal_flush_lsn() AS lsn')
    return rows[0].lsn
  }

  /** Of its records: without images of whole pages, whose number depends on when the last checkpoint was. */
  async bytesSince(start) {
    const end = await this.position()
    // Where nothing was written there is no record to be found.
    if (end === start) return 0
    const { rows } = await this.#client.query('SELECT coalesce(sum(record_size), 0)::float8 AS bytes FROM pg_get_wal_stats($1, $2)', [
      start,
      end,
    ])
    return rows[0].bytes
  }

  end() {
    return this.#client.end()
  }
}
