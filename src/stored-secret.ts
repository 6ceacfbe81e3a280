import { randomBytes, randomUUID } from 'node:crypto'
import { constants, copyFile, link, open, readFile, rm } from 'node:fs/promises'

/** For URLs without escapes. */
export const generatePassword = (): string => randomBytes(24).toString('base64url')

/**
 * The secret that a file holds, generated at the first time. The file is whole or not there, whether the disk is full or the power fails:
 * an empty one would be kept for good. One that was left empty counts as none.
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
    // Two starts at once in one directory: the first one's is everybody's, and a rename would be the last one's.
    // Where a file system has no links, a copy has to do.
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
