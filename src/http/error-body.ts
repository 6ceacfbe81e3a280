/** An ApiError, or what only HTTP knows, with a code of its own. */
export type Problem = { code: string; message: string; details?: Record<string, unknown> }

/** The body of a response that is an error only, as GraphQL writes one. */
export const errorBody = ({ code, message, details }: Problem) => ({ errors: [{ message, extensions: { code, ...details } }] })
