import type { Doorstep } from '../../../client/src/doorstep.js'
import { changeOf, type Draft, draftOf, hintOf, type Scenario } from './draft.js'

/** Sends what a draft changes of a scenario as it was seen; nothing where it changes nothing. */
export function saveChange(doorstep: Doorstep, seen: Scenario, draft: Draft): void {
  const before = draftOf(seen)
  const change = changeOf(before, draft)
  const input = { id: seen.id, expectedVersion: seen.version, ...change }
  if (Object.keys(change).length > 0) void doorstep.perform('updateScenario', input, hintOf(before))
}
