import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

/** Where there is none, tests of what a reader pastes are skipped, and say so. */
export const hasCurl = spawnSync('curl', ['--version']).status === 0
if (!hasCurl) console.warn('tests of commands that are pasted into a shell are skipped: there is no curl')

/** What a script prints, as if it had been pasted; fails where it prints to stderr. */
export async function paste(script: string, shell = 'sh'): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(shell, ['-c', script])
  if (stderr) throw new Error(`${script}\n${stderr}`)
  return stdout
}
