import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

export interface Account {
  uid: number
  gid: number
}

/**
 * PostgreSQL refuses to run as root, so root hands it to an unprivileged account: the owner of the
 * cluster, or else `postgres` or `nobody`. Undefined for anybody but root.
 */
export function accountFor(cluster: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  if (existsSync(cluster)) return statSync(cluster)
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // No such account here.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody" to run it as.')
}

/**
 * The prefix that runs a command as that account. One that can't reach the program or the data (in
 * root's home, or in a `mktemp -d`) gets one capability, of passing permission checks on files.
 * PostgreSQL asks access(2), which without `no_setuid_fixup` ignores a user's capabilities.
 */
export function runAs({ uid, gid }: Account, program: string, dataDir: string): string[] {
  const setpriv = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const capable = [...setpriv, '--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  const reaches = (prefix: string[]) => {
    const [command, ...args] = [...prefix, 'sh', '-c', 'head -c 1 "$1" >/dev/null && test -d "$2/."', 'sh', program, dataDir]
    return spawnSync(command as string, args, { cwd: '/', stdio: 'ignore' }).status === 0
  }
  const prefix = [setpriv, capable].find(reaches)
  if (prefix) return prefix
  throw new Error(
    `PostgreSQL does not run as root, and user ${uid} cannot be made to reach ${program} and ${dataDir} (with setpriv). ` +
      'Run Doorstep as an ordinary user, or set DATABASE_URL.',
  )
}
