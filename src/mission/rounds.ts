/** What tells whether two checks must be made one after the other. */
export type InTurn = { missionId: string; date: string | null; operation?: { id: string } | undefined }

/**
 * Divides checks into rounds that can each be made at once, as if one by one: two of one mission
 * and date, or of one operation, are in two rounds, in order. One without a date may be of any.
 */
export function inRounds<T extends InTurn>(checks: readonly T[]): T[][] {
  const rounds: T[][] = []
  const lastRounds = new Map<string, number>()
  for (const check of checks) {
    const { missionId, date, operation } = check
    const ofOperation = operation ? [`operation ${operation.id}`] : []
    const ofDate = `${missionId} ${date}`
    const comesAfter = [...(date === null ? [missionId] : [ofDate, `${missionId} null`]), ...ofOperation]
    const round = Math.max(...comesAfter.map((key) => (lastRounds.get(key) ?? -1) + 1))
    rounds[round] ??= []
    rounds[round].push(check)
    for (const key of [missionId, ofDate, ...ofOperation]) lastRounds.set(key, Math.max(lastRounds.get(key) ?? 0, round))
  }
  return rounds
}
