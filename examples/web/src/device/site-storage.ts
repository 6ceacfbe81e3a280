/** What the browser keeps for this site; null where the member has blocked it: the browser throws, then. */
export function siteStorage(): Storage | null {
  try {
    return localStorage
  } catch {
    return null
  }
}
