import { randomBytes, randomUUID } from 'node:crypto'
import { constants, copyFile, link, open, readFile, rm } from 'node:fs/promises'

/** For URLs without escapes. */
export const generatePassword = (): string => randomBytes(24).toString('base64url')

/**
 * The secret in a file, generated the first time. The file is whole or absent, also if the disk is
 * full or power fails: an empty one would be kept for good. An existing empty one counts as none.
 */
export async function storedSecret(file: string, generate: () => string | Promise<string>): Promise<string> {
  const stored = await read(file)
  if (stored) return stored
  const secret = await generate()
  const written = `${file}.${randomUUID()}.new`
  try {
    const handle = await open(written, 'wx', 0o600)
    try {
      await handle.writeFile(secret)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (stored === '') await rm(file, { force: true })
    // Of two starts at once the first one's counts; a rename would keep the last one's. Where a
    // file system has no links, a copy has to do.
    await link(written, file)
      .catch(unless('EEXIST'))
      .catch(() => copyFile(written, file, constants.COPYFILE_EXCL))
      .catch(unless('EEXIST'))
  } finally {
    await rm(written, { force: true })
  }
  return readFile(file, 'utf8')
}

const read = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(unless('ENOENT'))

const unless = (code: string) => (error: NodeJS.ErrnoException) => {
  if (error.code !== code) throw error
  return undefined
}
