import { randomUUID } from 'node:crypto'

/** The data of an answer; throws where there are errors. */
export async function ask(url, { token, body }) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  const { data, errors } = await response.json()
  if (!response.ok || errors) throw new Error(`${response.status} ${JSON.stringify(errors)}`)
  return data
}

/** The access token of a new member. */
export async function signInSomebody(url) {
  const query = 'mutation ($input: SignInForDevelopmentInput!) { signInForDevelopment(input: $input) { accessToken } }'
  const { signInForDevelopment } = await ask(url, { token: null, body: { query, variables: { input: { handle: randomUUID() } } } })
  return signInForDevelopment.accessToken
}
