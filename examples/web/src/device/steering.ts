import { HomeDocument, type HomeQuery } from '../../../client/src/generated/graphql.js'
import type { Device } from './device.js'

/** What one of the demo's devices shows: its lists in order, with what is ticked. Equal where two devices are alike. */
export type Shown = { lists: string; waiting: number; lost: number; atMs: number }

/** What the page around a device can do to it. */
export type Steering = {
  cut(isCut: boolean): void
  loseAnswers(loses: boolean): void
  /** Lifts the first list and drops it at the end, or the last one on top. */
  drag(which: 'first' | 'last'): void
}

export const steeringKey = 'doorstepSteering'
export const shownEvent = 'doorstep-shown'
export type ShownEvent = CustomEvent<{ device: string; shown: Shown }>

/** A list is seen to be lifted before it moves. */
const liftedForMs = 400

/** Lets the page around this device steer it, and tells that page what is shown. */
export function beSteered({ doorstep, network }: Device, name: string): void {
  let lists = ''
  let ids: string[] = []
  const tell = () => {
    // One clock for both devices, whenever they were started.
    const atMs = performance.timeOrigin + performance.now()
    const shown: Shown = { lists, waiting: doorstep.queue.size, lost: network.lost, atMs }
    window.parent.dispatchEvent(new CustomEvent(shownEvent, { detail: { device: name, shown } }))
  }
  const look = ({ me: { scenarios } }: HomeQuery) => {
    const next = JSON.stringify(
      scenarios.map(({ id, checklist }) => [id, checklist?.items?.map((item) => [item.missionId, item.isChecked])]),
    )
    ids = scenarios.map(({ id }) => id)
    if (next === lists) return
    lists = next
    tell()
  }
  const watched = doorstep.apollo.watchQuery({ query: HomeDocument, fetchPolicy: 'cache-first' })
  doorstep.session.onChange(({ memberId }) => {
    if (memberId !== null) watched.subscribe(({ data, dataState }) => dataState === 'complete' && look(data as HomeQuery))
  })
  doorstep.queue.onSize(tell)
  network.onChange(tell)

  const steering: Steering = {
    cut: (isCut) => network.cut(isCut),
    loseAnswers: (loses) => {
      network.losesAnswers = loses
    },
    drag(which) {
      const id = which === 'first' ? ids[0] : ids.at(-1)
      const card = document.querySelector(`.card[data-id="${id}"]`)
      if (!id || !card) return
      card.classList.add('lifted')
      setTimeout(() => {
        card.classList.remove('lifted')
        void doorstep.move(id, which === 'first' ? { prevId: ids.at(-1) ?? null, nextId: null } : { prevId: null, nextId: ids[0] ?? null })
      }, liftedForMs)
    },
  }
  Object.assign(window, { [steeringKey]: steering })
}
