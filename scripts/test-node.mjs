// `npm run test:node -- 24 move`: the tests under another Node, a major version or an exact one, which npm brings; then as `npm test`.
// It is kept in .doorstep/, outside of the packages that the lock file knows.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { root } from './setup.mjs'

const [version = '', ...args] = process.argv.slice(2)
if (!/^\d+(\.\d+\.\d+)?$/.test(version)) {
  console.error('Which Node? npm run test:node -- 24, or 24.1.0; behind it what npm test takes.')
  process.exit(1)
}

const home = join(root, `.doorstep/node-${version}`)
const name = `node-${process.platform}-${process.arch}`
const node = join(home, 'node_modules', name, 'bin/node')
if (!existsSync(node)) {
  console.error(`test:node: installing ${name}@${version}`)
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', `${name}@${version}`], {
    cwd: home,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
console.error(`test:node: Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)

// First on the PATH, so that npm runs under it, too, should the set-up need it.
const child = spawn(node, [join(root, 'scripts/test.mjs'), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) },
})
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code) => process.exit(code ?? 1))
