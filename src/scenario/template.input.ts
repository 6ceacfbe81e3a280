import { z } from 'zod'
import { newUuid, optional, orNull, uuid, weekdaysRule } from '../input.js'
import { mutationRule } from '../operation/operation.js'
import { content, version } from './scenario.input.js'

const neighbour = orNull(uuid)

export const addRule = mutationRule(
  'addMission',
  z.object({ id: optional(newUuid), scenarioId: uuid, content, daysOfWeek: weekdaysRule, prevId: neighbour, nextId: neighbour }),
)

export const updateRule = mutationRule(
  'updateMission',
  z.object({ id: uuid, expectedVersion: version, content: optional(content), daysOfWeek: weekdaysRule }),
)

export const moveRule = mutationRule(
  'moveMission',
  z
    .object({ id: uuid, prevId: neighbour, nextId: neighbour })
    .refine(({ id, prevId }) => id !== prevId, { path: ['prevId'], error: 'must be another mission than the one that moves.' })
    .refine(({ id, nextId }) => id !== nextId, { path: ['nextId'], error: 'must be another mission than the one that moves.' }),
)

export const deleteRule = mutationRule('deleteMission', z.object({ id: uuid }))
