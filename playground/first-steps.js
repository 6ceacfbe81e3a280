/** From signing in to a list in another order. */
export const firstSteps = [
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
# fresh every day; one rings at a time
# and as you leave a place. The client
# makes the ids (see Variables), so a
# second Run makes nothing twice.
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
      place: {
        latitude: 37.5665
        longitude: 126.978
        radiusMeters: 150
        on: LEAVE
      }
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
      notification {
        id
        active
        method
        daysOfWeek
        time
        place { on radiusMeters }
      }
      basicMissions { id content version }
    }
    scenarios { id name }
    listVersion
  }
}
`,
    variables: { gymId: '<id of Gym>', leavingHomeId: '<id of Leaving home>' },
  },
  {
    query: `# 3. Every scenario in order, with
# today's checklist: one snapshot of the
# database. Up to 31 days back and 14
# ahead: checklist(date: "…").
query Today {
  me { id nickname today dayEndsAt listVersion }
  scenarios {
    id
    name
    memo
    version
    notification { id active method time }
    checklist {
      id
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
      id
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
]
