/**
 * A moment in the history of the database, as a client keeps it. `snapshot`: PostgreSQL's own text of which transactions had ended.
 * `history`: of which cluster and timeline, since a restore begins a new one. `takenAt`: seconds since 1970.
 */
export type SyncPoint = { memberId: string; snapshot: string; history: string; takenAt: number }

const format = '1'

/** The token of a point: opaque to clients, and bounded, since a snapshot names no more transactions than there are connections. */
export function syncToken({ memberId, snapshot, history, takenAt }: SyncPoint): string {
  return Buffer.from([format, memberId, history, takenAt, snapshot].join(' ')).toString('base64url')
}

/** The point of a token; null for what is none. One that PostgreSQL would not take for a snapshot is none. */
export function syncPoint(token: string): SyncPoint | null {
  const parts = Buffer.from(token, 'base64url').toString('latin1').split(' ')
  const [version, memberId = '', history = '', takenAt = '', snapshot = ''] = parts
  const isWhole =
    parts.length === 5 &&
    version === format &&
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(memberId) &&
    /^[\w.]{1,60}$/.test(history)
  if (!isWhole || !/^\d{1,12}$/.test(takenAt) || !isSnapshot(snapshot)) return null
  return { memberId, history, takenAt: Number(takenAt), snapshot }
}

/** `xmin:xmax:xip,…`: the oldest transaction under way, the first that had not begun, and those under way between, in order. */
function isSnapshot(text: string): boolean {
  const [, xmin, xmax, list] = /^(\d{1,19}):(\d{1,19}):((?:\d{1,19},)*\d{1,19}|)$/.exec(text) ?? []
  if (xmin === undefined || xmax === undefined) return false
  const [from, to] = [BigInt(xmin), BigInt(xmax)]
  const underWay = list ? list.split(',').map(BigInt) : []
  return (
    from > 0n && from <= to && underWay.every((id, index) => id >= from && id < to && (index === 0 || id > (underWay[index - 1] as bigint)))
  )
}
