import { z } from 'zod'
import { ApiError, badUserInput } from '../errors.js'
import { newUuid, optional, orNull, parse, text, uuid } from '../input.js'
import { limits } from '../limits.js'
import { mutationRule } from '../operation/operation.js'

const date = orNull(z.string())
const content = text({ min: 1, max: limits.contentLength })

export const addRule = mutationRule('addTodayMission', z.object({ id: optional(newUuid), scenarioId: uuid, date, content }))

export const updateRule = mutationRule('updateTodayMission', z.object({ missionId: uuid, content }))

export const deleteRule = mutationRule('deleteTodayMission', z.object({ missionId: uuid }))

/** PostgreSQL and ISO 8601 write these years alike, but an offset can lead out of them. */
const [firstInstant, lastInstant] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59Z')]

const checkedAt = z
  .string()
  .nullish()
  .transform((value) => (value ? new Date(Math.min(Math.max(Date.parse(value), firstInstant), lastInstant)).toISOString() : null))

/** Of `checkMissions` too: a check is the same operation, whichever way it comes. */
export const checkRule = mutationRule('checkMission', z.object({ missionId: uuid, isChecked: z.boolean(), date, checkedAt }))

/** Checks in their order, or what is wrong with one: that does not touch the others. */
export function parseChecks(checks: readonly unknown[]): (z.output<typeof checkRule> | ApiError)[] {
  if (checks.length > limits.checksAtOnce)
    throw badUserInput([{ path: 'input.checks', message: `must have ${limits.checksAtOnce} items at most.` }])
  return checks.map((check, index) => {
    try {
      return parse(checkRule, check, `input.checks.${index}`)
    } catch (error) {
      if (error instanceof ApiError) return error
      throw error
    }
  })
}
