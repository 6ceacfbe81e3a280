import { useEffect, useState } from 'react'
import { HomeDocument } from '../../../client/src/generated/graphql.js'
import type { Operation } from '../../../client/src/operation.js'
import { useDoorstep } from '../device/device.js'
import { useHome } from '../device/queries.js'
import { Conflict } from '../editor/conflict.js'
import { tell } from '../words/failure.js'
import { useWords } from '../words/words.js'
import { useSnack } from './snack.js'

/** What the server has to be asked about again once it has refused something for this reason. */
const outdated = new Set(['NOT_FOUND', 'VERSION_CONFLICT', 'ORDER_CONFLICT', 'DAY_CLOSED'])

/** Tells in words whatever the server refuses, also what was kept before the program was started; a conflict shows both sides, one after the other. */
export function Refusals() {
  const doorstep = useDoorstep()
  const words = useWords()
  const say = useSnack()
  const { data } = useHome()
  const [conflicts, setConflicts] = useState<Operation<'updateScenario'>[]>([])
  useEffect(
    () =>
      doorstep.onRejected(async ({ operation, outcome: { failure } }) => {
        if (failure.code === 'SIGNED_OUT') return
        if (outdated.has(failure.code)) await doorstep.apollo.query({ query: HomeDocument, fetchPolicy: 'network-only' }).catch(() => {})
        if (failure.code === 'VERSION_CONFLICT' && operation.name === 'updateScenario')
          setConflicts((before) => [...before, operation as Operation<'updateScenario'>])
        else say({ text: tell(words, failure), isProblem: true })
      }),
    [doorstep, words, say],
  )
  // Of a scenario that is gone there are no sides.
  const next = conflicts.find(({ input }) => data?.me.scenarios.some(({ id }) => id === input.id))
  const close = () => setConflicts((before) => before.filter((conflict) => conflict !== next))
  return next && <Conflict key={next.operationId} operation={next} onClose={close} />
}
