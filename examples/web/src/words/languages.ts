import { en } from './en.js'
import { ko } from './ko.js'

export const languages = { ko, en }
export type Language = keyof typeof languages
