import { z } from 'zod'
import { newUuid, optional, text, uuid } from '../input.js'
import { limits } from '../limits.js'

const date = z
  .string()
  .nullish()
  .transform((value) => value ?? null)

export const addRule = z.object({
  id: optional(newUuid),
  scenarioId: uuid,
  date,
  content: text({ min: 1, max: limits.contentLength }),
})

export const deleteRule = z.object({ missionId: uuid })

const checkedAt = z
  .string()
  .nullish()
  .transform((value) => (value ? new Date(value).toISOString() : null))

export const checkRule = z.object({ missionId: uuid, isChecked: z.boolean(), date, checkedAt })
