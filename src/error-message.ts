/** An AggregateError, as of a host whose addresses all refuse, has messages in its errors. */
export function messageOf(error: unknown): string {
  const { message, errors, code, name } = (error ?? {}) as { message?: unknown; errors?: unknown[]; code?: unknown; name?: unknown }
  if (typeof message !== 'string') return String(error)
  const messages = Array.isArray(errors) ? errors.map(messageOf).join('; ') : ''
  return message || messages || String(code ?? name)
}
