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

/** Installs a package, if that needs no question. Passes each command to `say` before it runs. */
export async function installSystemPackage(names: { apt: string; brew: string }, say: (command: string) => void): Promise<void> {
  const run = (...words: [string, ...string[]]) => {
    say(words.join(' '))
    const [command, ...args] = words
    return promisify(execFile)(command, args)
  }
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    // Another clone may be installing too: wait for dpkg's lock.
    const wait = ['-o', 'DPkg::Lock::Timeout=300']
    const install = () =>
      run('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-y', '--no-install-recommends', ...wait, names.apt)
    // The lists of a fresh image are empty, and those of an old one name versions that are gone.
    await install().catch(async () => {
      await run('apt-get', 'update', ...wait)
      await install()
    })
  } else if (process.platform === 'darwin' && findCommand('brew')) {
    await run('brew', 'install', names.brew)
  } else {
    throw new Error('This needs root on Debian or Ubuntu, or Homebrew.')
  }
}
