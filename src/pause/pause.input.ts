import { z } from 'zod'
import { uuid } from '../input.js'
import { mutationRule } from '../operation/operation.js'

export const pauseRule = mutationRule('pauseDays', z.object({ from: z.string(), to: z.string() }))

export const resumeRule = mutationRule('resumeDays', z.object({ id: uuid }))
