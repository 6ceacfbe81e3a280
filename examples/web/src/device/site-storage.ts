/** What the browser keeps for this site; null where that is blocked, which makes it throw. */
export function siteStorage(): Storage | null {
  try {
    return localStorage
  } catch {
    return null
  }
}
