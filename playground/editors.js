const { useEffect } = React
const { useEditorContext } = GraphiQL.React

/** Tab moves on, as everywhere else on a page; Ctrl+] and Ctrl+[ indent. A list of completions still takes it first. */
const tabMovesOn = { Tab: false, 'Shift-Tab': false }

/** Makes GraphiQL's four editors fit for a keyboard, a screen reader and a narrow screen. `view`: which of them are seen. */
export function Editors({ view }) {
  const { queryEditor, variableEditor, headerEditor, responseEditor } = useEditorContext({ nonNull: true })
  useEditor(queryEditor, 'Operation', view)
  useEditor(variableEditor, 'Variables', view)
  useEditor(headerEditor, 'Headers', view)
  useEditor(responseEditor, 'Response', view)
  return null
}

function useEditor(editor, label, view) {
  useEffect(() => {
    if (!editor) return
    editor.addKeyMap(tabMovesOn, true)
    editor.setOption('lineWrapping', true)
    editor.setOption('screenReaderLabel', label)
    const input = editor.getInputField()
    input.setAttribute('aria-describedby', 'keys')
    // Its lines scroll, and so they can be reached and read without a mouse.
    const scroller = editor.getScrollerElement()
    scroller.tabIndex = 0
    scroller.setAttribute('role', 'group')
    scroller.setAttribute('aria-label', `${label}, as text`)
  }, [editor, label])
  // An editor that was hidden has measured nothing.
  useEffect(() => {
    editor?.refresh()
  }, [editor, view])
}
