import type { FormattedExecutionResult } from 'graphql'

/** JSON that is there already, as text: PostgreSQL has made it in the shape of the answer. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** The body of an answer. */
export function stringify(result: FormattedExecutionResult): string {
  const { data } = result as { data?: unknown }
  return data instanceof JsonText ? `{"data":${data.text}}` : JSON.stringify(result)
}
