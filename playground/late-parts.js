/** What GraphiQL draws as it goes along and names badly: what it is, and what is to be done with it. */
const mends = {
  // Its label, "Set active", hides from a screen reader which operation it is.
  '.graphiql-history-item-label': (button) => button.removeAttribute('aria-label'),
  '.CodeMirror-hints': (list) => {
    list.setAttribute('aria-label', 'Completions')
    list.tabIndex = 0
  },
}

/** Mends these parts whenever they appear. */
export function mendLateParts() {
  const observer = new MutationObserver((records) => {
    for (const element of records.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (element instanceof Element) mend(element)
    }
  })
  observer.observe(document.body, { childList: true, subtree: true })
}

function mend(added) {
  for (const [selector, apply] of Object.entries(mends)) {
    if (added.matches(selector)) apply(added)
    for (const element of added.querySelectorAll(selector)) apply(element)
  }
}
