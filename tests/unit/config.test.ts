import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, drainSecondsOf, readConfig, settings } from '../../src/config.js'
import { secretSettings } from '../../src/secret-files.js'

const root = new URL('../../', import.meta.url)
const defaults = settings.parse({})

/** What a reading of the environment complains of, line by line. */
function problems(environment: Record<string, string>): string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').slice(1)
    throw error
  }
  return []
}

describe('.env.example', () => {
  const text = readFileSync(new URL('.env.example', root), 'utf8')
  const example = parseEnv(text) as Record<string, string>
  const explanations = new Map([...text.matchAll(/^# (.+)\n(\w+)=/gm)].map(([, explanation, name]) => [name, explanation]))

  test('names every setting, in the order of config.ts, and nothing else', () => {
    expect([...text.matchAll(/^(\w+)=/gm)].map(([, name]) => name)).toEqual(Object.keys(settings.shape))
  })

  test('a copy of it is the default configuration', () => {
    expect(readConfig(example)).toEqual(defaults)
    // What is empty stands for nothing: no value at all, no origins, no proxies, no providers.
    const isSomething = (value: unknown) => typeof value !== 'object' && value !== false
    const written = Object.entries(defaults).flatMap(([name, value]) => (isSomething(value) ? [[name, String(value)]] : []))
    expect(Object.fromEntries(Object.entries(example).filter(([, value]) => value !== ''))).toEqual(Object.fromEntries(written))
  })

  test.each(Object.keys(settings.shape) as (keyof typeof settings.shape)[])('explains %s in one line, with what it may be', (name) => {
    const explanation = explanations.get(name)
    expect(explanation).toMatch(/\.$/)
    expect(explanation).toContain(range(settings.shape[name]))
    const unit = { MS: 'milliseconds', SECONDS: 'seconds', DAYS: 'days' }[/[A-Z]+$/.exec(name)?.[0] ?? '']
    if (unit) expect(explanation).toContain(`in ${unit}`)
  })
})

describe('docker-compose.yml', () => {
  const text = readFileSync(new URL('docker-compose.yml', root), 'utf8')

  // Mutation check: TRUST_PROXY taken out of docker-compose.yml.
  test('passes every setting on that it does not set itself', () => {
    const image = ['NODE_ENV', 'HOST', 'PORT']
    const needless = ['DATA_DIR', 'EMBEDDED']
    const [environment = ''] = /^x-environment:[\s\S]*?\n\n/m.exec(text) ?? []
    const passed = [...environment.matchAll(/^ {2}(\w+): \$\{\1:[-?]/gm)].map(([, name]) => name)
    const set = ['ROLE', 'DATABASE_URL', 'REDIS_URL'].filter((name) => new RegExp(`^ +${name}: `, 'm').test(text))
    expect([...image, ...needless, ...passed, ...set].sort()).toEqual(Object.keys(settings.shape).sort())
  })

  // Mutation check: stop_grace_period: 30s.
  test('waits longer for an end than the server takes at most', () => {
    const waits = Number(/stop_grace_period: (\d+)s/.exec(text)?.[1])
    expect(waits).toBeGreaterThan(drainSecondsOf({ ...defaults, NODE_ENV: 'production' }) + defaults.OPERATION_TIMEOUT_MS / 1_000 + 10)
  })
})

const folder = mkdtempSync(join(tmpdir(), 'doorstep-env-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('.env', () => {
  /** What a process of this environment has after it has read the file. */
  function read(file: string, environment: Record<string, string>): Record<string, string> {
    const program = `import(${JSON.stringify(new URL('scripts/env.mjs', root))}).then(({ loadEnv }) => {
      loadEnv(${JSON.stringify(join(folder, file))})
      console.log(JSON.stringify(process.env))
    })`
    return JSON.parse(execFileSync(process.execPath, ['-e', program], { env: environment, encoding: 'utf8' }))
  }

  test('sets what the environment does not have, keys in single quotes too', () => {
    writeFileSync(
      join(folder, '.env'),
      `# A comment.\nPORT=4001\nHOST=0.0.0.0\nREDIS_URL=redis://x\nACCESS_TOKEN_PRIVATE_KEY='{"kty":"OKP"}'\n`,
    )
    expect(read('.env', { PORT: '4002', REDIS_URL: '' })).toMatchObject({
      PORT: '4002',
      REDIS_URL: '',
      HOST: '0.0.0.0',
      ACCESS_TOKEN_PRIVATE_KEY: '{"kty":"OKP"}',
    })
  })

  test('need not be there', () => {
    expect(read('none', { PORT: '4002' })).toMatchObject({ PORT: '4002' })
  })

  // Tests and images start dist/main.js themselves, and shall not depend on what lies about.
  test('is read by what npm starts alone', () => {
    const reading = (folder: string) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).filter(
        (file) => /\.m?[jt]s$/.test(file) && /loadEnv\b/.test(readFileSync(new URL(folder + file, root), 'utf8')),
      )
    expect(reading('scripts/').sort()).toEqual(['backup.mjs', 'dev.mjs', 'env.mjs', 'jobs.mjs', 'start.mjs'])
    expect(reading('src/')).toEqual([])
  })
})

describe('the configuration', () => {
  test('a secret may stand in a file, which its setting with _FILE names', () => {
    writeFileSync(join(folder, 'token'), 'the-token-of-prometheus\n')
    expect(readConfig({ METRICS_TOKEN_FILE: join(folder, 'token') }).METRICS_TOKEN).toBe('the-token-of-prometheus')
    expect(problems({ METRICS_TOKEN_FILE: join(folder, 'none') })).toEqual([`  METRICS_TOKEN_FILE: can't be read (ENOENT)`])
    expect(problems({ METRICS_TOKEN_FILE: join(folder, 'token'), METRICS_TOKEN: 'x' })).toContain(
      '  METRICS_TOKEN_FILE: must not be set beside METRICS_TOKEN',
    )
    writeFileSync(join(folder, 'short'), 'short')
    expect(problems({ METRICS_TOKEN_FILE: join(folder, 'short') })).toEqual(['  METRICS_TOKEN: must have 16 characters at least'])
  })

  test('what may come by a file is a setting, and every key, token and URL of a store may', () => {
    expect(secretSettings.filter((name) => !(name in settings.shape))).toEqual([])
    const secret = Object.keys(settings.shape).filter((name) => /_URL$|_KEY$|_TOKEN$/.test(name))
    expect(secret.filter((name) => !(secretSettings as readonly string[]).includes(name))).toEqual([])
  })

  // A migration's lock would be another session's.
  test('migrations do not go through PgBouncer', () => {
    const url = 'postgresql://localhost:6432/doorstep'
    const through = { ROLE: 'migrate', DATABASE_URL: url, DATABASE_PGBOUNCER: 'true' }
    expect(problems(through)).toHaveLength(1)
    expect(problems({ ...through, MIGRATION_DATABASE_URL: 'postgresql://localhost/doorstep' })).toEqual([])
    expect(problems({ ...through, ROLE: 'api', MIGRATE_AT_START: 'false' })).toEqual([])
  })

  // Mutation check: red without `!isCommand` in `migratesThrough`: no command ran.
  test("an operator's command migrates nothing, and so goes through PgBouncer without a ROLE", () => {
    const through = { DATABASE_URL: 'postgresql://localhost:6432/doorstep', DATABASE_PGBOUNCER: 'true' }
    expect(problems(through)).toHaveLength(1)
    expect(readConfig(through, { isCommand: true }).DATABASE_PGBOUNCER).toBe(true)
  })

  test('every problem is told at once, each with the name of its setting', () => {
    const told = problems({
      PORT: 'http',
      DATABASE_URL: 'mysql://localhost/doorstep',
      EXECUTOR: 'v8',
      DATABASE_POOL_SIZE: '0',
      LOG_LEVEL: 'loud',
    })
    expect(told.map((line) => line.trim().split(':')[0])).toEqual(['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'DATABASE_POOL_SIZE', 'EXECUTOR'])
  })

  test('an empty value counts as left out', () => {
    expect(readConfig(Object.fromEntries(Object.keys(settings.shape).map((name) => [name, ''])))).toEqual(defaults)
  })

  // Mutation check: red without the `trim` in readConfig: a blank number is 0.
  test('so does a blank one', () => {
    expect(readConfig({ PORT: ' ', MAX_STREAMS: ' ', DAY_CLOSE_GRACE_SECONDS: '\t', HOST: '\n' })).toEqual(defaults)
  })

  // Mutation check: red without URL.canParse in oidc-providers.ts: nothing but "Invalid URL" was told.
  test.each(['www.example.com/keys', 'http://www.example.com/keys', ''])('a provider has no keys at %j', (jwksUrl) => {
    const told = problems({ OIDC_PROVIDERS: JSON.stringify({ google: { audiences: ['app'], jwksUrl } }), PORT: 'http' })
    expect(told).toHaveLength(2)
    expect(told).toContain('  OIDC_PROVIDERS.google.jwksUrl: must be an https:// URL')
  })

  test('what is not a setting is nobody’s business', () => {
    expect(readConfig({ PATH: '/bin', PORTS: '1' })).toEqual(defaults)
  })

  const key = JSON.stringify(generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }))
  const stores = { DATABASE_URL: 'postgresql://localhost/doorstep', REDIS_URL: 'redis://localhost' }

  test('production needs a key of its own, development does not', () => {
    expect(problems({ NODE_ENV: 'production', ...stores })).toEqual(['  ACCESS_TOKEN_PRIVATE_KEY: must be set in production'])
    expect(problems({ NODE_ENV: 'production', ...stores, ACCESS_TOKEN_PRIVATE_KEY: '' })).toHaveLength(1)
    expect(problems({ NODE_ENV: 'production', ...stores, ACCESS_TOKEN_PRIVATE_KEY: key })).toEqual([])
    expect(problems({})).toEqual([])
    expect(readConfig({ NODE_ENV: 'production', ...stores }, { isCommand: true }).ACCESS_TOKEN_PRIVATE_KEY).toBeUndefined()
  })

  // Mutation check: `needsStores` false in config.ts: a production starts on an empty database.
  test('production starts embedded servers only where it is told to', () => {
    const production = { NODE_ENV: 'production', ACCESS_TOKEN_PRIVATE_KEY: key }
    const left = (name: string) => `  ${name}: must be set, or EMBEDDED=true to start an embedded server`
    expect(problems({ ...production, DATABSE_URL: stores.DATABASE_URL })).toEqual([left('DATABASE_URL'), left('REDIS_URL')])
    expect(problems({ ...production, DATABASE_URL: stores.DATABASE_URL })).toEqual([left('REDIS_URL')])
    expect(problems({ ...production, EMBEDDED: 'true' })).toEqual([])
    expect(problems({ EMBEDDED: 'false' })).toEqual([left('DATABASE_URL'), left('REDIS_URL')])
  })

  test('what does not fit together is told beside what is wrong alone, and nothing twice', () => {
    expect(problems({ NODE_ENV: 'production', PORT: 'http', DATABASE_URL: 'mysql://x' }).map((line) => line.trim().split(':')[0])).toEqual([
      'PORT',
      'DATABASE_URL',
      'ACCESS_TOKEN_PRIVATE_KEY',
      'REDIS_URL',
    ])
  })

  test.each([
    ['PORT', '4000.5'],
    ['PORT', '65536'],
    ['DATABASE_PREPARED_STATEMENTS', 'yes'],
    // No browser sends an Origin like these. Mutation check: red without the comparison with the origin of the URL.
    ['CORS_ORIGINS', 'https://app.example.com/path'],
    ['CORS_ORIGINS', 'https://App.Example.com'],
    ['CORS_ORIGINS', 'https://app.example.com:443'],
    ['CORS_ORIGINS', 'https://app.example.com?x'],
    ['CORS_ORIGINS', 'https://user@app.example.com'],
    ['CORS_ORIGINS', 'https://앱.example.com'],
    ['CORS_ORIGINS', 'https://app.example.com/'],
    ['CORS_ORIGINS', '*'],
    ['REDIS_URL', 'localhost:6379'],
    ['REDIS_URL', 'http://localhost'],
    ['REDIS_URL', 'redis+sentinel://one:26379,two:26379/0'],
    ['REDIS_URL', 'redis+sentinel://one:26379,two:port/0?name=main'],
    ['QUEUE_REDIS_URL', 'redis+sentinel://one:26379?name=main&sentinelPasword=typo'],
  ])('%s=%s is rejected', (name, value) => {
    expect(problems({ [name]: value })).toHaveLength(1)
  })

  test('origins are taken as a browser sends them', () => {
    const origins = ['https://app.example.com', 'http://localhost:5173', 'http://[::1]:8080', 'https://xn--hq1b39i.example.com:8443']
    expect(readConfig({ CORS_ORIGINS: origins.join(', ') }).CORS_ORIGINS).toEqual(origins)
  })

  // Lint forbids process.env elsewhere, but not this way to the same thing.
  test('nothing in src imports the environment', () => {
    const sources = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' }).filter((file) =>
      /^(?!generated).+\.ts$/.test(file),
    )
    expect(sources.length).toBeGreaterThan(50)
    const importing = sources.filter((file) => /from '(node:)?process'/.test(readFileSync(new URL(`src/${file}`, root), 'utf8')))
    expect(importing).toEqual([])
  })
})

/** What a setting may be, in the words of .env.example. */
function range(setting: z.ZodType): string {
  const type = 'unwrap' in setting ? (setting as z.ZodDefault).unwrap() : setting
  if (type instanceof z.ZodEnum) return `One of ${type.options.join(', ')}.`
  if (type instanceof z.ZodNumber) return `${type.minValue} to ${type.maxValue}.`
  if (type instanceof z.ZodCodec) return 'One of true, false.'
  return ''
}
