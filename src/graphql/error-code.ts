import { registerEnumType } from 'type-graphql'
import { type Code, codes } from '../errors.js'

export const ErrorCode = Object.fromEntries(Object.keys(codes).map((code) => [code, code])) as { [Each in Code]: Each }

registerEnumType(ErrorCode, {
  name: 'ErrorCode',
  description: `The codes of errors, for code generators; extensions.code of what ran is one of them. A request that never ran has others besides,
such as GRAPHQL_VALIDATION_FAILED and BAD_REQUEST: have a default.`,
  valuesConfig: Object.fromEntries(Object.entries(codes).map(([code, description]) => [code, { description }])),
})
