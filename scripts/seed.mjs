// `npm run db:seed`: members that look real, through the API of the Doorstep that runs here (URL, or HOST and PORT). Their handles are printed:
// sign in with one of them in the playground.
const base = process.env.URL ?? `http://${process.env.HOST ?? '127.0.0.1'}:${process.env.PORT ?? 4000}`

const weekdays = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY']
const members = [
  {
    handle: 'jiwoo',
    timeZone: 'Asia/Seoul',
    scenarios: [
      { name: '출근', at: '07:40', missions: ['가스 밸브 잠그기', '지갑, 열쇠, 사원증', '우산 확인', '고양이 밥'] },
      { name: '헬스장', at: '19:10', missions: ['운동화', '수건', '물병', '이어폰'] },
      { name: '주말 여행', missions: ['여권', '충전기', '상비약', '창문 닫기', '분리수거'] },
    ],
  },
  {
    handle: 'maria',
    timeZone: 'Europe/Madrid',
    scenarios: [
      { name: 'School run', at: '08:05', missions: ['Lunch boxes', 'Signed forms', 'Water bottles', 'Lights off'] },
      { name: 'Evening class', at: '18:30', missions: ['Notebook', 'Transport card', 'Lock the balcony'] },
    ],
  },
  {
    handle: 'sam',
    timeZone: 'America/New_York',
    dayStartsAt: '04:00',
    scenarios: [
      { name: 'Night shift', at: '21:15', missions: ['Badge', 'Stove off', 'Alarm on', 'Snack'] },
      { name: 'Beach', missions: ['Sunscreen', 'Towels', 'Cooler'] },
    ],
  },
]

async function run(query, input, token) {
  const response = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables: { input } }),
  })
  const { data, errors } = await response.json()
  if (errors) throw new Error(errors.map(({ message }) => message).join(' '))
  return data
}

try {
  for (const { handle, timeZone, dayStartsAt, scenarios } of members) {
    const signIn = 'mutation ($input: SignInForDevelopmentInput!) { signInForDevelopment(input: $input) { accessToken } }'
    const { accessToken } = (await run(signIn, { handle, timeZone })).signInForDevelopment
    const { scenarios: present } = await run('{ scenarios { name } }', undefined, accessToken)
    if (dayStartsAt) {
      await run('mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { today } } }', { dayStartsAt }, accessToken)
    }
    for (const { name, at, missions } of scenarios.toReversed()) {
      // Run twice, it adds nothing.
      if (present.some((scenario) => scenario.name === name)) continue
      const { createScenario } = await run(
        'mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { scenario { basicMissions { id } } } }',
        {
          name,
          basicMissions: missions.map((content) => ({ content })),
          ...(at && { notification: { active: true, method: 'PUSH', daysOfWeek: weekdays, time: at } }),
        },
        accessToken,
      )
      const [first] = createScenario.scenario.basicMissions
      await run(
        'mutation ($input: CheckMissionInput!) { checkMission(input: $input) { item { id } } }',
        { missionId: first.id, isChecked: true },
        accessToken,
      )
    }
    console.log(`${handle}: ${scenarios.length} scenarios, ${timeZone}`)
  }
} catch (error) {
  console.error(`Is Doorstep running at ${base}, in development? ${error.cause?.message ?? error.message}`)
  process.exit(1)
}
