import { HomeDocument } from '../../../client/src/generated/graphql.js'
import { useDoorstep } from '../device/device.js'
import { useSnack } from '../shell/snack.js'
import { useWords } from '../words/words.js'

/** Deletes a scenario, and offers to bring it back to where it stood. */
export function useDeletion() {
  const doorstep = useDoorstep()
  const words = useWords()
  const say = useSnack()
  return ({ id, name }: { id: string; name: string }) => {
    const ids = doorstep.apollo.cache.readQuery({ query: HomeDocument }, true)?.me.scenarios.map((scenario) => scenario.id) ?? []
    const index = ids.indexOf(id)
    void doorstep.perform('deleteScenario', { id })
    const undo = () => {
      // It comes back on top, and goes from there to where it was.
      void doorstep.perform('restoreScenario', { id })
      if (index > 0) void doorstep.move(id, { prevId: ids[index - 1] ?? null, nextId: ids[index + 1] ?? null })
    }
    say({ text: words.deleted(name), action: { label: words.undo, run: undo } })
  }
}
