/**
 * What is selected of a type, in the order of the answer: each field under the key that it has there. A leaf has an
 * empty shape.
 */
export type Shape = readonly { key: string; name: string; shape: Shape }[]

/** A shape of leaves under their own names. */
export const leaves = (...names: string[]): Shape => names.map((name) => ({ key: name, name, shape: [] }))

/** One more field, with what is selected beneath it. */
export const branch = (name: string, shape: Shape) => ({ key: name, name, shape })
