import { badUserInput, type FieldProblem } from '../errors.js'
import type { NotificationRow } from '../snapshot/snapshot.types.js'
import { daysOfTheWeek } from '../weekdays.js'
import type { NotificationChange } from './notification.input.js'

export type NotificationState = Omit<NotificationRow, 'id'>

export const noNotification: NotificationState = { active: false, method: null, daysOfWeek: [], time: null, place: null }

/** Changes some fields. BAD_USER_INPUT if it would be active with something missing. */
export function changeNotification(current: NotificationState, change: NotificationChange): NotificationState {
  const days = change.daysOfWeek === undefined ? current.daysOfWeek : (change.daysOfWeek ?? [])
  const changed = {
    active: change.active,
    method: change.method === undefined ? current.method : change.method,
    daysOfWeek: daysOfTheWeek.filter((day) => days.includes(day)),
    time: change.time === undefined ? current.time : change.time,
    place: change.place === undefined ? current.place : change.place,
  }
  const missing: FieldProblem[] = []
  const need = (field: 'method' | 'daysOfWeek' | 'time', by = 'an active notification') =>
    missing.push({ path: `input.notification.${field}`, message: `is needed by ${by}.` })
  if (changed.method === null) need('method')
  if (changed.daysOfWeek.length === 0) need('daysOfWeek')
  if (changed.time === null && changed.place === null) need('time', 'an active notification without a place')
  if (changed.active && missing.length > 0) throw badUserInput(missing)
  return changed
}
