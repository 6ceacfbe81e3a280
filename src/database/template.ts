import type { Prisma } from '../generated/prisma/client.js'

/** The text of a statement, with its parameters in their places. */
export type Statement = { text: string; values: unknown[] }

/** The place of a parameter whose value is not known yet. */
class Slot {
  constructor(readonly name: string) {}
}

/**
 * A statement that is made once and filled in for each call: to make a long one of its fragments takes a good part of
 * the time that a small request takes in all. `build` gets stand-ins for the parameters, and may do nothing with them but put
 * them into the SQL.
 */
export function template<Parameters extends object>(build: (parameters: Parameters) => Prisma.Sql): (parameters: Parameters) => Statement {
  const slots = new Proxy({}, { get: (_target, name) => new Slot(String(name)) }) as Parameters
  const made = build(slots)
  // A parameter that is used twice is sent once.
  const values: unknown[] = []
  const numbers = new Map<string, number>()
  const text = made.values.reduce<string>((text, value, index) => {
    const known = value instanceof Slot ? numbers.get(value.name) : undefined
    const number = known ?? values.push(value)
    if (value instanceof Slot) numbers.set(value.name, number)
    return `${text}$${number}${made.strings[index + 1]}`
  }, made.strings[0] as string)
  return (parameters) => ({
    text,
    values: values.map((value) => (value instanceof Slot ? parameters[value.name as keyof Parameters] : value)),
  })
}
