import { createHash } from 'node:crypto'
import { z } from 'zod'
import { limitExceeded } from '../errors.js'
import { newUuid, optional, text, uuid, weekdaysRule } from '../input.js'
import { limits } from '../limits.js'
import { notificationRule } from '../notification/notification.input.js'

const name = text({ min: 1, max: limits.nameLength })
const memo = text({ min: 0, max: limits.memoLength }).nullable()
const content = text({ min: 1, max: limits.contentLength })
const version = optional(z.number())

const newLine = z
  .object({ id: z.null('must be left out: a new scenario has no lines yet.').optional(), content, daysOfWeek: weekdaysRule })
  .transform(({ content, daysOfWeek }) => ({ content, weekdays: daysOfWeek }))

const line = z
  .object({ id: optional(uuid), content, daysOfWeek: weekdaysRule })
  .transform(({ daysOfWeek, ...rest }) => ({ ...rest, weekdays: daysOfWeek }))

export const createRule = z.object({
  id: optional(newUuid),
  name,
  memo: memo.optional().transform((value) => value ?? null),
  notification: optional(notificationRule),
  basicMissions: optional(z.array(newLine)).transform((lines) => withinLimit(lines ?? [])),
})

const distinct = (lines: { id?: string | undefined }[]) => {
  const ids = lines.flatMap(({ id }) => id ?? [])
  return new Set(ids).size === ids.length
}

export const updateRule = z.object({
  id: uuid,
  expectedVersion: version,
  name: optional(name),
  memo: memo.optional(),
  notification: optional(notificationRule),
  basicMissions: optional(z.array(line).refine(distinct, 'must not name a line twice.')).transform((lines) => lines && withinLimit(lines)),
})

export const moveRule = z
  .object({ id: uuid, prevId: uuid.nullish(), nextId: uuid.nullish(), expectedListVersion: version })
  .refine(({ id, prevId }) => id !== prevId, { path: ['prevId'], error: 'must be another scenario than the one that moves.' })
  .refine(({ id, nextId }) => id !== nextId, { path: ['nextId'], error: 'must be another scenario than the one that moves.' })

export const deleteRule = z.object({ id: uuid, expectedVersion: version })

export type Creation = z.output<typeof createRule>

/** Tells a retried creation from another one that bears the same id, also when the scenario has changed since. */
export function fingerprint({ id: _id, ...content }: Creation) {
  return new Uint8Array(createHash('sha256').update(JSON.stringify(content)).digest())
}

function withinLimit<T>(lines: T[]): T[] {
  if (lines.length > limits.basicMissionsPerScenario) throw limitExceeded('missions in a scenario', limits.basicMissionsPerScenario)
  return lines
}
