import { z } from 'zod'
import { limitExceeded } from '../errors.js'
import { newUuid, optional, orNull, text, uuid, weekdaysRule } from '../input.js'
import { limits } from '../limits.js'
import { newNotificationRule, notificationRule } from '../notification/notification.input.js'
import { mutationRule } from '../operation/operation.js'

const name = text({ min: 1, max: limits.nameLength })
const memo = text({ min: 0, max: limits.memoLength }).nullable()
export const content = text({ min: 1, max: limits.contentLength })
export const version = optional(z.number())

const line = z
  .object({ id: optional(newUuid), content, daysOfWeek: weekdaysRule })
  .transform(({ daysOfWeek, ...rest }) => ({ ...rest, weekdays: daysOfWeek }))

/** A whole template in order. `id`: of an existing line, or of a new one. */
const template = optional(z.array(line).refine(distinct, 'must not name a line twice.'))

function distinct(lines: { id?: string | undefined }[]): boolean {
  const ids = lines.flatMap(({ id }) => id ?? [])
  return new Set(ids).size === ids.length
}

export const createRule = mutationRule(
  'createScenario',
  z
    .object({
      id: optional(newUuid),
      name,
      memo: orNull(memo),
      notification: optional(newNotificationRule),
      basicMissions: template.transform((lines) => withinLimit(lines ?? [])),
    })
    .refine(({ id, basicMissions }) => id === undefined || basicMissions.every((line) => line.id !== id), {
      path: ['basicMissions'],
      error: 'must not bear the id of the scenario.',
    }),
)

export const updateRule = mutationRule(
  'updateScenario',
  z.object({
    id: uuid,
    expectedVersion: version,
    name: optional(name),
    memo: memo.optional(),
    notification: optional(notificationRule),
    basicMissions: template.transform((lines) => lines && withinLimit(lines)),
  }),
)

export const moveRule = mutationRule(
  'moveScenario',
  z
    .object({ id: uuid, prevId: optional(uuid), nextId: optional(uuid), expectedListVersion: version })
    .refine(({ id, prevId }) => id !== prevId, { path: ['prevId'], error: 'must be another scenario than the one that moves.' })
    .refine(({ id, nextId }) => id !== nextId, { path: ['nextId'], error: 'must be another scenario than the one that moves.' }),
)

export const deleteRule = mutationRule('deleteScenario', z.object({ id: uuid, expectedVersion: version }))

export const restoreRule = mutationRule(
  'restoreScenario',
  z.object({
    id: z
      .string()
      .transform((id) => id.replace(/:deleted$/, ''))
      .pipe(uuid),
  }),
)

export const duplicateRule = mutationRule('duplicateScenario', z.object({ id: uuid, newId: optional(newUuid) }))

export type Creation = z.output<typeof createRule>

function withinLimit<T>(lines: T[]): T[] {
  if (lines.length > limits.basicMissionsPerScenario) throw limitExceeded('missions in a scenario', limits.basicMissionsPerScenario)
  return lines
}
