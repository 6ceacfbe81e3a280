import { z } from 'zod'
import { badUserInput, type FieldProblem } from '../errors.js'
import { DayOfWeek, NotificationMethod } from './notification.types.js'

/** Left out: stays as it is. Null: emptied. */
export const notificationRule = z.object({
  active: z.boolean(),
  method: z.enum(NotificationMethod).nullish(),
  daysOfWeek: z.array(z.enum(DayOfWeek)).nullish(),
  time: z.string().nullish(),
})

export type NotificationChange = z.output<typeof notificationRule>

export type NotificationState = { active: boolean; method: string | null; daysOfWeek: string[]; time: string | null }

export const noNotification: NotificationState = { active: false, method: null, daysOfWeek: [], time: null }

/** A notification after a change of some of its fields. Refused where it would be active with something missing. */
export function changeNotification(current: NotificationState, change: NotificationChange): NotificationState {
  const days = change.daysOfWeek === undefined ? current.daysOfWeek : (change.daysOfWeek ?? [])
  const changed = {
    active: change.active,
    method: change.method === undefined ? current.method : change.method,
    daysOfWeek: Object.values(DayOfWeek).filter((day) => (days as string[]).includes(day)),
    time: change.time === undefined ? current.time : change.time,
  }
  const missing: FieldProblem[] = []
  const need = (field: 'method' | 'daysOfWeek' | 'time') =>
    missing.push({ path: `input.notification.${field}`, message: 'is needed by an active notification.' })
  if (changed.method === null) need('method')
  if (changed.daysOfWeek.length === 0) need('daysOfWeek')
  if (changed.time === null) need('time')
  if (changed.active && missing.length > 0) throw badUserInput(missing)
  return changed
}
