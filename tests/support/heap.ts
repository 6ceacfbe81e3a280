import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
// V8 keeps the texts of compiled code for some collections beyond its use, for the case that the same text comes again. It lets go of
// them when memory runs short; here they would hide what we keep ourselves.
setFlagsFromString('--no-compilation-cache')

/** What is in use and can't be thrown away. */
export function heapMegabytes(): number {
  for (let turn = 0; turn < 5; turn++) collectGarbage()
  return process.memoryUsage().heapUsed / 2 ** 20
}
