// `npm run audit`: fails where a package that production needs has a known critical hole. Where nobody can be asked, it warns.
import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'

/** What the report of `npm audit --json` means: 'critical', 'clean', or 'unknown' where the registry has not answered. */
export function judge(json) {
  let report
  try {
    report = JSON.parse(json)
  } catch {
    return { verdict: 'unknown', reason: 'npm has printed no report' }
  }
  const counts = report.metadata?.vulnerabilities
  if (!counts) return { verdict: 'unknown', reason: report.message ?? report.error?.summary ?? 'the registry has not answered' }
  if (counts.critical === 0) return { verdict: 'clean', counts }
  const packages = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) => severity === 'critical')
  return { verdict: 'critical', counts, packages: packages.map(({ name, range }) => `${name} ${range}`) }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { stdout } = spawnSync('npm', ['audit', '--json', '--omit=dev', '--omit=optional', '--audit-level=critical'], { encoding: 'utf8' })
  const { verdict, reason, counts, packages } = judge(stdout)
  if (verdict === 'unknown') console.error(`audit: WARNING: the dependencies were not checked for known holes (${reason})`)
  if (verdict === 'clean')
    console.error(`audit: no known critical hole (${counts.high} high, ${counts.moderate} moderate, ${counts.low} low)`)
  if (verdict === 'critical') {
    console.error(`audit: known critical holes: ${packages.join(', ')}`)
    process.exitCode = 1
  }
}
