import { text } from '../input.js'
import { limits } from '../limits.js'

const nicknameRule = text({ min: 1, max: limits.nicknameLength })

/** How a new member is called: by the beginning of the first of these that can be a nickname. */
export function firstNickname(...names: unknown[]): string {
  for (const name of names.filter((name) => typeof name === 'string')) {
    // Cut after NFC, which makes some texts longer.
    const cut = [...name.normalize('NFC')].slice(0, limits.nicknameLength).join('')
    const nickname = nicknameRule.safeParse(cut)
    if (nickname.success) return nickname.data
  }
  return 'New member'
}
