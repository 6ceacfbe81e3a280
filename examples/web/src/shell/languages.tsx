import { type Language, languages } from '../words/languages.js'
import { useLanguage } from '../words/words.js'

/** The choice of a language. */
export function Languages() {
  const { language, choose } = useLanguage()
  return (
    <div className="languages">
      {Object.entries(languages).map(([key, { name }]) => (
        <button key={key} type="button" lang={key} aria-pressed={key === language} onClick={() => choose(key as Language)}>
          {name}
        </button>
      ))}
    </div>
  )
}
