import { handle } from './handle.js'

const tabs = [
  {
    query: `# 1. Press Run, or Ctrl+Enter. It signs
# you in as a made-up member: any handle
# will do, and the same one is the same
# member. The other tabs send the access
# token.
mutation SignIn {
  signInForDevelopment(input: {
    handle: "<handle>"
    timeZone: "<time zone>"
  }) {
    accessToken
    accessTokenExpiresAt
    refreshToken
    member {
      id
      nickname
      timeZone
      today
    }
  }
}
`,
  },
  {
    query: `# 2. Two scenarios, whose missions start
# fresh every day; one has an alarm. The
# client makes the ids (see Variables),
# so a second Run makes nothing twice.
mutation CreateScenarios(
  $gymId: ID
  $leavingHomeId: ID
) {
  gym: createScenario(input: {
    id: $gymId
    name: "Gym"
    basicMissions: [
      { content: "Towel" }
      { content: "Water bottle" }
    ]
  }) {
    scenario { id name version }
  }

  leavingHome: createScenario(input: {
    id: $leavingHomeId
    name: "Leaving home"
    memo: "Check these with your coat on."
    notification: {
      active: true
      method: ALARM
      daysOfWeek: [MONDAY, WEDNESDAY, FRIDAY]
      time: "07:45"
    }
    basicMissions: [
      { content: "Turn off the gas" }
      { content: "Close the windows" }
      { content: "Keys, phone, wallet" }
    ]
  }) {
    scenario {
      id
      name
      version
      notification { active method daysOfWeek time }
      basicMissions { id content version }
    }
    scenarios { id name }
    listVersion
  }
}
`,
    variables: { gymId: '<new id, gym>', leavingHomeId: '<new id, leaving home>' },
  },
  {
    query: `# 3. Every scenario in order, with
# today's checklist: one snapshot of the
# database. Another day: checklist(date:
# …), 31 days back, 14 ahead.
query Today {
  me { id nickname today listVersion }
  scenarios {
    id
    name
    memo
    version
    notification { active method time }
    checklist {
      date
      phase
      checkedCount
      totalCount
      items { id missionId content isChecked }
    }
  }
}
`,
  },
  {
    query: `# 4. Checks a mission. It sets and never
# toggles: a second Run changes nothing.
# "<first mission>" (see Variables) is
# the first of the latest response; any
# other missionId will do.
mutation CheckMission(
  $missionId: ID!
  $isChecked: Boolean!
) {
  checkMission(input: {
    missionId: $missionId
    isChecked: $isChecked
  }) {
    item { id content isChecked }
    checklist {
      date
      checkedCount
      totalCount
      items { id missionId content isChecked }
    }
  }
}
`,
    variables: { missionId: '<first mission>', isChecked: true },
  },
  {
    query: `# 5. Moves the last scenario to the top.
# A move names the neighbours you saw:
# no prevId is the top, no nextId the
# end. Each Run moves another.
mutation MoveScenario(
  $id: ID!
  $prevId: ID
  $nextId: ID
) {
  moveScenario(input: {
    id: $id
    prevId: $prevId
    nextId: $nextId
  }) {
    scenario { id name version }
    scenarios { id name }
    listVersion
    rebalanced
  }
}
`,
    variables: { id: '<last scenario>', prevId: null, nextId: '<first scenario>' },
  },
  {
    query: `# 6. What a phone needs to set its
# alarms. The etag says what it has
# already: run it twice, and see what
# comes.
query Alarms($etag: String) {
  notifications(ifNoneMatch: $etag) {
    etag
    notModified
    items {
      scenarioId
      name
      method
      daysOfWeek
      time
      nextOccurrences(count: 3)
    }
  }
}
`,
    variables: { etag: '<latest etag>' },
  },
]

/** Tells two sets of tabs apart: FNV-1a, 32 bits, of what stands above. */
export const fingerprint = fnv1a(JSON.stringify(tabs))

/** The visitor's own zone, so that "today" is their today. */
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC'

/** The tabs of a first visit. */
export const defaultTabs = tabs.map(({ query, variables }) => ({
  query: query.replace('<handle>', handle).replace('<time zone>', timeZone),
  variables: variables && JSON.stringify(variables, null, 2),
}))

function fnv1a(text) {
  let hash = 0x811c9dc5
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0), 0x01000193)
  return (hash >>> 0).toString(16)
}
