import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { systemCommand } from './system-command.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const storage = join(root, '.doorstep/image')
const standIn = 'localhost/doorstep-base'
const certificates = '/etc/ssl/certs/ca-certificates.crt'
const execute = promisify(execFile)

type Setup = { environment?: Record<string, string>; volumes?: Record<string, string> }

/** Debian's buildah, which needs no daemon, with a storage of its own. Null, with the reason on the console, where it can't be had. */
export async function findBuildah(): Promise<Buildah | null> {
  try {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('It is tried on Linux, as root.')
    return new Buildah(await systemCommand('buildah', 'buildah'))
  } catch (error) {
    console.warn(`the tests of the image are skipped: there is no buildah. (${(error as Error).message.split('\n')[0]})`)
    return null
  }
}

export class Buildah {
  readonly #program: string

  constructor(program: string) {
    this.#program = program
  }

  /** Builds the Dockerfile's image, but where IMAGE names one that is there; gives its name. */
  async build(): Promise<string> {
    if (process.env.IMAGE) return process.env.IMAGE
    const base = await this.#base()
    const npmrc = this.#npmrc()
    const volumes = { [npmrc]: '/root/.npmrc', ...(process.env.NODE_EXTRA_CA_CERTS && { [process.env.NODE_EXTRA_CA_CERTS]: certificates }) }
    const network = Object.entries(volumes).map(([from, to]) => `--volume=${from}:${to}:ro`)
    // HEALTHCHECK is Docker's own: an image of the other format has none.
    const how = ['--isolation=chroot', '--format=docker', '--no-cache', `--build-arg=NODE_IMAGE=${base}`, ...network]
    await this.run('build', ...how, '--tag=localhost/doorstep', root)
    return 'localhost/doorstep'
  }

  async run(command: string, ...args: string[]): Promise<string> {
    const { stdout } = await execute(this.#program, [...this.#options(), command, ...args], { maxBuffer: 64 * 2 ** 20 })
    return stdout.trim()
  }

  /** A container of an image, for one test. */
  async container(image: string): Promise<Container> {
    const id = await this.run('from', '--pull-never', image)
    onTestFinished(async () => void (await this.run('rm', id)))
    return new Container(this, id)
  }

  start(...args: string[]) {
    return spawn(this.#program, [...this.#options(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  }

  #options(): string[] {
    return ['--storage-driver=vfs', `--root=${join(storage, 'root')}`, `--runroot=${join(storage, 'run')}`]
  }

  /** The Dockerfile's own base where the registry can be reached; else one that is made here, with as much in it. */
  async #base(): Promise<string> {
    const [, named] = /^ARG NODE_IMAGE=(.+)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? []
    if (!named) throw new Error('The Dockerfile names no base.')
    try {
      await execute(this.#program, [...this.#options(), 'pull', named], { timeout: 120_000 })
      return named
    } catch {
      console.warn(`${named} is out of reach: the image is built on a base that is made here, of Debian and npm's Node.`)
      await this.run('inspect', '--type=image', standIn).catch(() => this.#makeStandIn())
      return standIn
    }
  }

  async #makeStandIn(): Promise<void> {
    const debootstrap = await systemCommand('debootstrap', 'debootstrap')
    const packages = mkdtempSync(join(tmpdir(), 'doorstep-base-'))
    const container = await this.run('from', 'scratch')
    try {
      const at = await this.run('mount', container)
      await execute(debootstrap, ['--variant=minbase', '--include=ca-certificates', 'bookworm', at], { maxBuffer: 64 * 2 ** 20 })
      writeFileSync(join(packages, 'package.json'), '{ "private": true }\n')
      const node = `node-linux-${process.arch}`
      await execute('npm', ['install', '--ignore-scripts', '--no-package-lock', `${node}@24`, 'npm@11'], { cwd: packages })
      cpSync(join(packages, 'node_modules', node, 'bin/node'), join(at, 'usr/local/bin/node'))
      cpSync(join(packages, 'node_modules/npm'), join(at, 'usr/local/lib/node_modules/npm'), { recursive: true })
      symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(at, 'usr/local/bin/npm'))
      await execute('chroot', [at, 'useradd', '--uid=1000', '--create-home', 'node'])
      await this.run('umount', container)
      await this.run('commit', container, standIn)
    } finally {
      await this.run('rm', container)
      rmSync(packages, { recursive: true })
    }
  }

  /** How npm reaches its registry from here; of the build alone, in no image. */
  #npmrc(): string {
    mkdirSync(storage, { recursive: true })
    const [from, to] = [join(homedir(), '.npmrc'), join(storage, 'npmrc')]
    writeFileSync(to, existsSync(from) ? readFileSync(from) : '', { mode: 0o600 })
    if (process.env.NODE_EXTRA_CA_CERTS) appendFileSync(to, `\ncafile=${certificates}\n`)
    onTestFinished(() => rmSync(to))
    return to
  }
}

/** A root directory with the image's settings. It shares the network of this machine. */
export class Container {
  readonly #buildah: Buildah
  readonly #id: string

  constructor(buildah: Buildah, id: string) {
    this.#buildah = buildah
    this.#id = id
  }

  async config(): Promise<{ Cmd: string[]; User: string; Healthcheck: { Test: string[] } }> {
    return JSON.parse(await this.#buildah.run('inspect', this.#id)).Docker.config
  }

  run(command: string[], setup: Setup = {}): Promise<string> {
    return this.#buildah.run('run', ...this.#run(setup), '--', ...command)
  }

  /** Signals go to the command itself: buildah hands none on where it isolates by chroot alone. */
  start(command: string[], setup: Setup = {}) {
    const mark = `STARTED_AS=${randomUUID()}`
    const child = this.#buildah.start('run', `--env=${mark}`, ...this.#run(setup), '--', ...command)
    const signal = (name: NodeJS.Signals) => {
      for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
        if (isMarked(pid, mark)) process.kill(Number(pid), name)
    }
    onTestFinished(() => signal('SIGKILL'))
    const ended = once(child, 'exit').then(([code]) => code as number | null)
    return { stdout: child.stdout, stderr: child.stderr, signal, ended }
  }

  #run({ environment = {}, volumes = {} }: Setup): string[] {
    return [
      '--isolation=chroot',
      ...Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`),
      ...Object.entries(volumes).map(([from, to]) => `--volume=${from}:${to}:ro`),
      this.#id,
    ]
  }
}

function isMarked(pid: string, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)
  } catch {
    // It has ended meanwhile.
    return false
  }
}
