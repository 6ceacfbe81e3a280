// `npm run backup -- archive|base|restore`: backups of a PostgreSQL on this machine, the embedded one included, by SQL and copying alone. One
// with tools of its own (pg_basebackup, pgBackRest, a provider's) is better served by those. docs/operating.md has the runbook.
import {
  appendFileSync,
  chmodSync,
  constants,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { copyFile, mkdir, open, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { loadEnv } from './env.mjs'

const usage = `npm run backup -- archive DIRECTORY   from PostgreSQL's next start on, each segment of its WAL goes to DIRECTORY/wal
npm run backup -- base DIRECTORY      a whole copy to DIRECTORY/base, while everything runs
npm run backup -- restore DIRECTORY TARGET [--to 2026-11-25T07:30:00Z] [--copy]
                                      a data directory as it was then, or as late as there is WAL; --copy: one that archives nothing`

/** Directories whose contents are of the running server alone; and what is never copied, wherever it is. */
const emptied = /^(pg_wal|pg_dynshmem|pg_notify|pg_replslot|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)$/
const left =
  /^(postmaster\.(pid|opts)|current_logfiles|pg_internal\.init.*|pgsql_tmp.*|recovery\.signal|standby\.signal|backup_label(\.old)?)$/

class Wrong extends Error {}

async function connected(work) {
  const file = join(process.env.DATA_DIR || '.doorstep', 'postgres.url')
  const url = process.env.MIGRATION_DATABASE_URL || process.env.DATABASE_URL || (existsSync(file) && readFileSync(file, 'utf8').trim())
  if (!url) throw new Wrong('There is no DATABASE_URL, and no Doorstep runs here.')
  const client = new pg.Client({ connectionString: url })
  client.on('notice', ({ message }) => console.error(message))
  await client.connect()
  try {
    const one = async (statement, values) => (await client.query(statement, values)).rows[0]
    const { dataDirectory } = await one(`SELECT current_setting('data_directory') AS "dataDirectory"`)
    if (!existsSync(join(dataDirectory, 'PG_VERSION')))
      throw new Wrong(`${dataDirectory} can't be read here: run this where PostgreSQL runs.`)
    return await work({ one, dataDirectory, owner: statSync(dataDirectory) })
  } finally {
    await client.end()
  }
}

/** Turns archiving on. A segment is there once it is whole and on the disk; one that is sent twice is the same one. */
async function archive(directory) {
  await connected(async ({ one, owner }) => {
    const wal = join(directory, 'wal')
    // PostgreSQL, which is another user where we are root, has to pass through.
    mkdirSync(directory, { recursive: true, mode: 0o711 })
    mkdirSync(wal, { recursive: true, mode: 0o700 })
    if (process.getuid() === 0) lchownSync(wal, owner.uid, owner.gid)
    await one('SELECT pg_stat_file($1)', [wal]).catch(({ message }) => {
      throw new Wrong(`PostgreSQL can't reach ${wal}: ${message}`)
    })
    const to = `${wal}/%f`
    const command = `test ! -f ${to} && cp %p ${to}.part && sync ${to}.part && mv ${to}.part ${to} || cmp -s %p ${to}`
    await one(`ALTER SYSTEM SET archive_command = '${command}'`)
    await one(`ALTER SYSTEM SET archive_timeout = '60s'`)
    await one('ALTER SYSTEM SET archive_mode = on')
    await one('SELECT pg_reload_conf()')
    const { mode } = await one(`SELECT current_setting('archive_mode') AS mode`)
    console.log(mode === 'on' ? `WAL is archived to ${wal}.` : `WAL is archived to ${wal} once PostgreSQL has been restarted.`)
  })
}

async function base(directory) {
  await connected(async ({ one, dataDirectory, owner }) => {
    const { mode } = await one(`SELECT current_setting('archive_mode') AS mode`)
    if (mode !== 'on')
      throw new Wrong('WAL is not archived, without which a copy is worth nothing: npm run backup -- archive DIRECTORY first.')
    // It would be waited for, for ever.
    const { failing } = await one(`SELECT last_failed_time > coalesce(last_archived_time, '-infinity') AS failing FROM pg_stat_archiver`)
    if (failing) throw new Wrong("WAL can't be archived just now: PostgreSQL's log says why.")
    if (readdirSync(join(dataDirectory, 'pg_tblspc')).length > 0) throw new Wrong('There are tablespaces, which this does not copy.')
    const unfinished = join(directory, 'base', `unfinished-${process.pid}`)
    await one(`SELECT pg_backup_start('doorstep', fast => true)`)
    try {
      const bytes = await copyTree(dataDirectory, unfinished)
      const { label, at } = await one('SELECT labelfile AS label, clock_timestamp() AS at FROM pg_backup_stop(wait_for_archive => true)')
      writeFileSync(join(unfinished, 'backup_label'), label)
      const made = { stoppedAt: at.toISOString(), owner: { uid: owner.uid, gid: owner.gid } }
      writeFileSync(join(unfinished, 'doorstep-backup.json'), JSON.stringify(made))
      const name = join(directory, 'base', made.stoppedAt.replaceAll(':', '-'))
      renameSync(unfinished, name)
      console.log(`${name}: ${Math.round(bytes / 1e6)} MB`)
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true })
      throw error
    }
  })
}

async function restore(directory, target, { to, copy }) {
  if (to && !(/(Z|[+-]\d\d:\d\d)$/.test(to) && Date.parse(to) > 0))
    throw new Wrong('--to takes an instant with its offset: 2026-11-25T07:30:00Z')
  if (existsSync(target)) throw new Wrong(`${target} is there already: move it away.`)
  const at = to ? new Date(to).toISOString() : ''
  const names = existsSync(join(directory, 'base')) ? readdirSync(join(directory, 'base')) : []
  const bases = names.flatMap((name) => {
    const file = join(directory, 'base', name, 'doorstep-backup.json')
    return existsSync(file) ? [{ path: join(directory, 'base', name), ...JSON.parse(readFileSync(file, 'utf8')) }] : []
  })
  const fitting = bases
    .filter(({ stoppedAt }) => !at || stoppedAt <= at)
    .sort((one, other) => (one.stoppedAt < other.stoppedAt ? 1 : -1))[0]
  if (!fitting) throw new Wrong(`${directory} has no base backup from before that moment.`)
  await copyTree(fitting.path, target, /^doorstep-backup\.json$/)
  writeFileSync(join(target, 'recovery.signal'), '')
  const settings = [
    `restore_command = 'cp ${directory}/wal/%f %p'`,
    // Of all of them, also where it is empty: the copy may have those of the restoration that its own database came from.
    // With an offset: names of zones, and Z is one, are not known yet when it is read.
    `recovery_target_time = '${at.replace('Z', '+00')}'`,
    `recovery_target_action = 'promote'`,
    ...(copy ? [`archive_mode = off`] : []),
  ]
  appendFileSync(join(target, 'postgresql.auto.conf'), `\n${settings.join('\n')}\n`)
  if (process.getuid() === 0) own(target, fitting.owner)
  console.log(`${target} is that of ${fitting.path}: start PostgreSQL on it, which brings it to ${at || 'the end of the WAL'}.`)
}

/** What vanishes meanwhile, or changes, the WAL makes good. */
async function copyTree(from, to, except = left) {
  await mkdir(to, { recursive: true, mode: 0o700 })
  let bytes = 0
  for (const entry of await readdir(from, { withFileTypes: true }).catch(vanished)) {
    const [source, copy] = [join(from, entry.name), join(to, entry.name)]
    if (except.test(entry.name)) continue
    if (emptied.test(entry.name)) mkdirSync(copy, { mode: 0o700 })
    else if (entry.isDirectory()) bytes += await copyTree(source, copy, except)
    else if (entry.isFile()) bytes += await copyDurably(source, copy)
  }
  return bytes
}

async function copyDurably(source, copy) {
  const copied = await copyFile(source, copy, constants.COPYFILE_EXCL).then(() => true, vanished)
  if (copied !== true) return 0
  chmodSync(copy, 0o600)
  const file = await open(copy, 'r+')
  await file.sync()
  await file.close()
  return statSync(copy).size
}

function vanished(error) {
  if (error.code !== 'ENOENT') throw error
  return []
}

function own(path, { uid, gid }) {
  lchownSync(path, uid, gid)
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) own(join(path, name), { uid, gid })
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { to: { type: 'string' }, copy: { type: 'boolean' } } })
const [command, directory = '', target = ''] = positionals
try {
  loadEnv()
  const given = { archive: directory, base: directory, restore: directory && target }[command]
  if (!given) throw new Wrong(usage)
  // It goes into commands of the shell that PostgreSQL runs.
  const path = resolve(directory)
  if (!/^[\w./-]+$/.test(path)) throw new Wrong(`${path}: there may be letters, digits and . _ - / in the whole path of a directory.`)
  await { archive, base, restore }[command](path, resolve(target), values)
} catch (error) {
  console.error(error instanceof Wrong ? error.message : error)
  process.exit(1)
}
