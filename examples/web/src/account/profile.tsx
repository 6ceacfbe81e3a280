import { type FormEvent, useState } from 'react'
import type { AccountQuery } from '../../../client/src/generated/graphql.js'
import { useDoorstep } from '../device/device.js'
import { useSnack } from '../shell/snack.js'
import { useWords } from '../words/words.js'

export function Profile({ me }: { me: AccountQuery['me'] }) {
  const words = useWords()
  const doorstep = useDoorstep()
  const say = useSnack()
  const [changed, setChanged] = useState<{ nickname?: string; timeZone?: string; dayStartsAt?: string }>({})
  const shown = { ...me, ...changed }
  const zones = [...new Set([me.timeZone, ...Intl.supportedValuesOf('timeZone')])].sort()

  async function save(event: FormEvent) {
    event.preventDefault()
    setChanged({})
    const outcome = await doorstep.perform('updateMember', changed)
    if (outcome.done) say({ text: words.me.saved })
  }
  return (
    <form className="card panel profile" onSubmit={save}>
      <label className="field">
        <span>{words.me.nickname}</span>
        <input
          required
          maxLength={50}
          value={shown.nickname}
          onChange={({ target }) => setChanged({ ...changed, nickname: target.value })}
        />
      </label>
      <div className="pair">
        <label className="field">
          <span>{words.me.timeZone}</span>
          <select value={shown.timeZone} onChange={({ target }) => setChanged({ ...changed, timeZone: target.value })}>
            {zones.map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>{words.me.dayStartsAt}</span>
          <input
            type="time"
            required
            value={shown.dayStartsAt}
            aria-describedby="day-starts-at"
            onChange={({ target }) => setChanged({ ...changed, dayStartsAt: target.value })}
          />
        </label>
      </div>
      <p className="soft small" id="day-starts-at">
        {words.me.dayStartsAtText}
      </p>
      {Object.keys(changed).length > 0 && (
        <button type="submit" className="primary">
          {words.save}
        </button>
      )}
    </form>
  )
}
