import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'

/** The path of the first of the commands that is on the PATH. */
export function findCommand(...names: string[]): string | undefined {
  try {
    const search = 'for name; do command -v "$name" && exit; done; exit 1'
    return execFileSync('/bin/sh', ['-c', search, 'sh', ...names], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

/** Installs a package with the system's package manager, where that can be done without asking anybody. */
export async function installSystemPackage(names: { apt: string; brew: string }): Promise<void> {
  const run = promisify(execFile)
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    // Another clone may be installing too: wait for dpkg's lock.
    const install = () =>
      run('env', [
        'DEBIAN_FRONTEND=noninteractive',
        ...['apt-get', 'install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', names.apt],
      ])
    // The lists of a fresh image are empty, and those of an old one name versions that are gone.
    await install().catch(async () => {
      await run('apt-get', ['update', '-o', 'DPkg::Lock::Timeout=300'])
      await install()
    })
  } else if (process.platform === 'darwin' && findCommand('brew')) {
    await run('brew', ['install', names.brew])
  } else {
    throw new Error('This needs root on Debian or Ubuntu, or Homebrew.')
  }
}
