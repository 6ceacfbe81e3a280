import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { storedSecret } from '../../src/stored-secret.js'

const place = mkdtempSync(join(tmpdir(), 'doorstep-secrets-'))
afterAll(() => rmSync(place, { recursive: true }))
const newFile = () => join(place, randomUUID())

// Mutation check: red with `rename` in place of `link`: the last one takes the place of those that others have read.
test('of many starts at once each has the first one’s secret, and nothing lies beside it', async () => {
  for (let round = 0; round < 20; round++) {
    const file = newFile()
    const secrets = await Promise.all(Array.from({ length: 10 }, () => storedSecret(file, randomUUID)))
    expect(new Set(secrets)).toEqual(new Set([readFileSync(file, 'utf8')]))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    rmSync(file)
  }
  expect(readdirSync(place)).toEqual([])
})

test('one that is there is kept', async () => {
  const file = newFile()
  const first = await storedSecret(file, randomUUID)
  expect(await storedSecret(file, randomUUID)).toBe(first)
  rmSync(file)
})

// What a disk that was full, or a loss of power, left. Mutation check: red where the file that is there is returned as it is.
test('an empty file counts as none', async () => {
  const file = newFile()
  writeFileSync(file, '')
  const made = await storedSecret(file, randomUUID)
  expect(made).not.toBe('')
  expect(readFileSync(file, 'utf8')).toBe(made)
  rmSync(file)
})

// Mutation check: red where the file itself, and not one beside it, is made before what it shall hold.
test('a secret that can’t be generated leaves no file', async () => {
  await expect(storedSecret(newFile(), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(readdirSync(place)).toEqual([])
})
