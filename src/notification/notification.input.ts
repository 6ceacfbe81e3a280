import { z } from 'zod'
import { optional, orNull } from '../input.js'
import { limits } from '../limits.js'
import { daysOfTheWeek } from '../weekdays.js'
import { NotificationMethod, PlaceEvent } from './notification.types.js'

/** Rejects infinity. Adding zero turns -0 into 0. */
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
    from: orNull(z.string()),
    until: orNull(z.string()),
  })
  .refine(({ from, until }) => (from === null) === (until === null), { path: ['until'], error: 'must be given with `from`, or neither.' })
  .refine(({ from, until }) => from === null || from !== until, {
    path: ['until'],
    error: 'must not be the same as `from`. Leave both out for always.',
  })

const active = z.boolean()
const method = z.enum(NotificationMethod)
const daysOfWeek = z.array(z.enum(daysOfTheWeek))
const time = z.string()

/** Left out: unchanged. Null: emptied. */
export const notificationRule = z.object({
  active,
  method: method.nullish(),
  daysOfWeek: daysOfWeek.nullish(),
  time: time.nullish(),
  place: placeRule.nullish(),
})

/** For a new scenario, left out and null are the same. */
export const newNotificationRule = z.object({
  active,
  method: optional(method),
  daysOfWeek: optional(daysOfWeek),
  time: optional(time),
  place: optional(placeRule),
})

export type NotificationChange = z.output<typeof notificationRule>
