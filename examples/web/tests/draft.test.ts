import { expect, test } from 'vitest'
import { changeOf, type Draft, hintOf, merge, openedBy, wantedBy } from '../src/editor/draft.js'

/** Each line under an id of its first letter. */
const draft = (name: string, lines: string, memo = ''): Draft => ({
  name,
  memo,
  lines: lines.split(' ').map((content) => ({ id: content[0] as string, content })),
})
const worded = ({ lines }: Draft) => lines.map(({ content }) => content).join(' ')
const opened = draft('Leaving', 'a b c', 'On the way')

test('no more is sent than what differs', () => {
  expect(changeOf(opened, { ...opened, name: ' Leaving ' })).toEqual({})
  expect(changeOf(opened, { ...opened, memo: ' ' })).toEqual({ memo: null })
  expect(changeOf(opened, draft('Leaving', 'a b', 'On the way'))).toEqual({ basicMissions: draft('', 'a b').lines })
})

// Mutation check: red where pick takes mine wherever there is one.
test('a field is mine where it was changed here, and theirs otherwise', () => {
  const mine = { ...opened, memo: '' }
  const theirs = { ...opened, name: 'Going' }
  expect(merge({ opened, mine, theirs })).toEqual({ ...opened, name: 'Going', memo: '' })
  expect(merge({ opened, mine: { ...mine, name: 'Off' }, theirs }).name).toBe('Off')
})

test.each([
  ['both have one more', 'a b c x', 'a b c y', 'a b c x y'],
  ['each words one anew', 'a1 b c', 'a b1 c', 'a1 b1 c'],
  ['both word one anew', 'a1 b c', 'a2 b c', 'a1 b c'],
  ['each takes one away', 'b c', 'a b', 'b'],
  ['one is taken away here, and worded anew there', 'a c', 'a b1 c', 'a c'],
  ['one is worded anew here, and taken away there', 'a b1 c', 'a c', 'a b1 c'],
  ['the order is changed here', 'c b a', 'a b y c', 'c b y a'],
  ['the order is changed there', 'a x b c', 'c b a', 'c b a x'],
  ['one is new at the head', 'x a b c', 'a b c', 'x a b c'],
])('lines where %s', (_case, mine, theirs, merged) => {
  const sides = { opened, mine: draft('', mine), theirs: draft('', theirs) }
  expect(worded(merge(sides))).toBe(merged)
})

test('what both have written is there once, under their id', () => {
  const [mine, theirs] = [structuredClone(opened), structuredClone(opened)]
  mine.lines.push({ id: 'mine', content: 'Keys' })
  theirs.lines.push({ id: 'theirs', content: 'Keys' })
  expect(merge({ opened, mine, theirs })).toEqual(theirs)
})

test('what an operation wanted is known by what it sends and by what was opened', () => {
  const wanted = draft('Leaving', 'a b c x', '')
  const input = { id: 'one', ...changeOf(opened, wanted) }
  expect(wantedBy(input, openedBy(hintOf(opened)))).toEqual(wanted)
})

test('of an operation without the draft that was opened, both sides are kept', () => {
  const { name, memo, lines } = draft('Mine', 'a x', '')
  const mine = wantedBy({ id: 'one', name, memo, basicMissions: lines }, openedBy({}))
  const theirs = draft('Theirs', 'a y', 'Note')
  const merged = merge({ opened: openedBy({}), mine, theirs })
  expect({ ...merged, lines: worded(merged) }).toEqual({ name: 'Mine', memo: 'Note', lines: 'a x y' })
})
