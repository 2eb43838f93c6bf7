import { useEffect, useRef } from 'react'
import { createPortal } from 'react-dom'
import styles from './recovery.module.css'

/**
 * The kit's page for the printer, out of sight on the screen. It stands in a shadow root, so that its styles and the window's never meet; while it is
 * there, printing the window prints only this page. The margins of the sheet are the document's affair (`@page` means nothing in a shadow root), so their
 * rule stands there as long.
 */
export function PrintedKit({ page }: { page: string }) {
  const host = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = host.current
    if (!element) return
    const css = /<style>([^<]*)<\/style>/.exec(page)?.[1] ?? ''
    const body = /<body>([\s\S]*)<\/body>/.exec(page)?.[1] ?? ''
    // A constructed sheet: styles within a parsed text would be refused by the content security policy.
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css.replace(/\bbody\b/g, ':host'))
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = [sheet]
    const margins = new CSSStyleSheet()
    margins.replaceSync(/@page\b[^{]*\{[^}]*\}/.exec(css)?.[0] ?? '')
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, margins]
    root.replaceChildren(...new DOMParser().parseFromString(body, 'text/html').body.children)
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== margins)
    }
  }, [page])
  return createPortal(<div ref={host} className={styles.printed} data-print aria-hidden />, document.body)
}

/** Hands the page to the browser's downloads; the link to it is taken back at once. */
export function savePage(page: string, name: string): void {
  const address = URL.createObjectURL(new Blob([page], { type: 'text/html' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
