import { useRef } from 'react'

/** For a button that a form takes the place of: its ref, and what is called before the form is closed for the button to have the focus. */
export function useOpener() {
  const isBack = useRef(false)
  const opener = (button: HTMLButtonElement | null) => {
    if (!button || !isBack.current) return
    isBack.current = false
    button.focus()
  }
  const goBack = () => {
    isBack.current = true
  }
  return { opener, goBack }
}
