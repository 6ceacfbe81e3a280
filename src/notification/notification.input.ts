import { z } from 'zod'
import { badUserInput, type FieldProblem } from '../errors.js'
import { limits } from '../limits.js'
import type { PlaceRow } from '../snapshot/snapshot.types.js'
import { DayOfWeek, NotificationMethod } from './notification.types.js'
import { PlaceEvent } from './place.types.js'

/** Finite, too. Adding zero makes the one zero of the other. */
const within = (min: number, max: number) => {
  const error = `must be from ${min} to ${max}.`
  return z
    .number(error)
    .min(min, error)
    .max(max, error)
    .transform((value) => value + 0)
}

const placeRule = z
  .object({
    latitude: within(-90, 90),
    longitude: within(-180, 180),
    radiusMeters: within(limits.placeRadiusMetersMin, limits.placeRadiusMetersMax),
    on: z.enum(PlaceEvent),
    from: z.string().nullish(),
    until: z.string().nullish(),
  })
  .transform(({ from = null, until = null, ...place }): PlaceRow => ({ ...place, from, until }))
  .refine(({ from, until }) => (from === null) === (until === null), { path: ['until'], error: 'must be given with `from`, or neither.' })
  .refine(({ from, until }) => from === null || from !== until, {
    path: ['until'],
    error: 'must not be the same as `from`. Leave both out for always.',
  })

/** Left out: stays as it is. Null: emptied. */
export const notificationRule = z.object({
  active: z.boolean(),
  method: z.enum(NotificationMethod).nullish(),
  daysOfWeek: z.array(z.enum(DayOfWeek)).nullish(),
  time: z.string().nullish(),
  place: placeRule.nullish(),
})

export type NotificationChange = z.output<typeof notificationRule>

export type NotificationState = {
  active: boolean
  method: string | null
  daysOfWeek: string[]
  time: string | null
  place: PlaceRow | null
}

export const noNotification: NotificationState = { active: false, method: null, daysOfWeek: [], time: null, place: null }

/** A notification after a change of some of its fields. Rejected where it would be active with something missing. */
export function changeNotification(current: NotificationState, change: NotificationChange): NotificationState {
  const days = change.daysOfWeek === undefined ? current.daysOfWeek : (change.daysOfWeek ?? [])
  const changed = {
    active: change.active,
    method: change.method === undefined ? current.method : change.method,
    daysOfWeek: Object.values(DayOfWeek).filter((day) => (days as string[]).includes(day)),
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
