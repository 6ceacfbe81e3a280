import { useEffect, useState } from 'react'
import { HomeDocument } from '../../../client/src/generated/graphql.js'
import type { Operation } from '../../../client/src/operation.js'
import { useDevice } from '../device/device.js'
import { useHome } from '../device/queries.js'
import { Conflict } from '../editor/conflict.js'
import { KeptConflicts } from '../editor/kept-conflicts.js'
import { tell } from '../words/failure.js'
import { useWords } from '../words/words.js'
import { useSnack } from './snack.js'

/** What the server has to be asked about again once it has refused something for this reason. */
const outdated = new Set(['NOT_FOUND', 'VERSION_CONFLICT', 'ORDER_CONFLICT', 'DAY_CLOSED'])

/**
 * Tells a member in words whatever the server refuses, also what was kept before the program was
 * started; conflicts show both sides, one after the other.
 */
export function Refusals({ memberId }: { memberId: string }) {
  const { doorstep, storage } = useDevice()
  const words = useWords()
  const say = useSnack()
  const { data } = useHome()
  const [kept] = useState(() => new KeptConflicts(storage, memberId))
  const [conflicts, setConflicts] = useState<Operation<'updateScenario'>[]>([])
  useEffect(() => {
    // Those that were not decided when the page before this one ended.
    const show = (before: Operation<'updateScenario'>[]) => setConflicts((now) => [...before, ...now])
    void kept.all().then(show, () => {})
  }, [kept])
  useEffect(
    () =>
      doorstep.onRejected(async ({ operation, outcome: { failure } }) => {
        if (failure.code === 'SIGNED_OUT') return
        const isConflict = failure.code === 'VERSION_CONFLICT' && operation.name === 'updateScenario'
        if (isConflict) void kept.add(operation as Operation<'updateScenario'>)
        if (outdated.has(failure.code)) await doorstep.apollo.query({ query: HomeDocument, fetchPolicy: 'network-only' }).catch(() => {})
        if (isConflict) setConflicts((before) => [...before, operation as Operation<'updateScenario'>])
        else say({ text: tell(words, failure), isProblem: true })
      }),
    [doorstep, kept, words, say],
  )
  // Of a scenario that is gone there are no sides.
  const next = conflicts.find(({ input }) => data?.me.scenarios.some(({ id }) => id === input.id))
  if (!next) return null
  const close = () => {
    void kept.remove(next)
    setConflicts((before) => before.filter(({ operationId }) => operationId !== next.operationId))
  }
  return <Conflict key={next.operationId} operation={next} onClose={close} />
}
