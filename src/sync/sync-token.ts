/**
 * A moment in the database's history. `snapshot`: which transactions had ended, as PostgreSQL
 * writes it. `history`: cluster, timeline and restoration. `takenAt`: seconds since 1970.
 */
export type SyncPoint = { memberId: string; snapshot: string; history: string; takenAt: number }

const format = '1'

/** Opaque, and bounded: a snapshot names no more transactions than there are connections. */
export function syncToken({ memberId, snapshot, history, takenAt }: SyncPoint): string {
  return Buffer.from([format, memberId, history, takenAt, snapshot].join(' ')).toString('base64url')
}

/** Null for what is no token. PostgreSQL decides whether its snapshot is one. */
export function syncPoint(token: string): SyncPoint | null {
  const parts = Buffer.from(token, 'base64url').toString('latin1').split(' ')
  const [version, memberId = '', history = '', takenAt = '', snapshot = ''] = parts
  const isWhole =
    parts.length === 5 &&
    version === format &&
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(memberId) &&
    /^[\w.]{1,60}$/.test(history)
  if (!isWhole || !/^\d{1,12}$/.test(takenAt) || !/^\d+:\d+:[\d,]*$/.test(snapshot)) return null
  return { memberId, history, takenAt: Number(takenAt), snapshot }
}
