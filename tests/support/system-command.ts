import { findCommand, installSystemPackage } from '../../src/embedded/system-package.js'

/** A command of the system's, installed where the system allows it: for `npm run test:operate` alone, which is asked to do so. */
export async function systemCommand(name: string, apt: string): Promise<string> {
  const found = findCommand(name)
  if (found) return found
  await installSystemPackage({ apt, brew: apt }, (command) => console.error(`test: no ${name}, so this is run: ${command}`))
  const installed = findCommand(name)
  if (!installed) throw new Error(`${apt} was installed, and there is still no ${name} on the PATH.`)
  return installed
}
