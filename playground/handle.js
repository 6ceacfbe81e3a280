import { keep, ours } from './kept.js'

const moods = ['brisk', 'sunny', 'early', 'tidy', 'merry', 'calm', 'nimble', 'ready', 'bright', 'steady', 'quick', 'gentle']
const things = ['umbrella', 'doormat', 'satchel', 'lantern', 'mitten', 'kettle', 'bicycle', 'doorbell', 'scarf', 'thermos', 'boot', 'key']
const key = `${ours}handle`

const pick = (list) => list[Math.floor(Math.random() * list.length)]

/** Who signs in here: made up at the first visit, the same at each later one, so that yesterday's checks are still there. */
export const handle = localStorage.getItem(key) ?? `${pick(moods)}-${pick(things)}-${Math.floor(1_000 + Math.random() * 9_000)}`
keep(key, handle)
