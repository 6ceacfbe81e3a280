import { createContext, type ReactNode, use, useEffect, useState } from 'react'
import { siteStorage } from '../device/site-storage.js'
import type { Words } from './ko.js'
import { type Language, languages } from './languages.js'

const storageKey = 'doorstep.language'

/** What the page is asked for, what was chosen before, or what the browser speaks. */
export function firstLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('language') ?? siteStorage()?.getItem(storageKey) ?? navigator.language
  return asked.startsWith('ko') ? 'ko' : 'en'
}

type Choice = { words: Words; language: Language; choose(language: Language): void }
const LanguageContext = createContext<Choice | null>(null)

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const choose = (chosen: Language) => {
    setLanguage(chosen)
    try {
      siteStorage()?.setItem(storageKey, chosen)
    } catch {
      // A storage that is full costs the choice its life beyond the page, and no more.
    }
  }
  return <LanguageContext value={{ words: languages[language], language, choose }}>{children}</LanguageContext>
}

export function useLanguage(): Choice {
  const choice = use(LanguageContext)
  if (!choice) throw new Error('There is no language around this component.')
  return choice
}

export const useWords = (): Words => useLanguage().words
