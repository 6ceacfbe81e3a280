// Settings from a file `.env` beside package.json, for what npm starts; what the environment has already, if only as an empty
// value, wins. Not in src/, so that tests and images, which start the program itself, are told all by their environment.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export function loadEnv(file = fileURLToPath(new URL('../.env', import.meta.url))) {
  if (existsSync(file)) process.loadEnvFile(file)
}
