import { s3Error } from './errors.ts'

/** One element: its text, or its children by name in order. */
export interface XmlElement {
  readonly name: string
  readonly text: string
  readonly children: readonly XmlElement[]
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Text made safe for an element's content. */
function escapeXml(text: string): string {
  // Carriage returns would be normalised away by a parser, so they travel as references.
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char).replaceAll('\r', '&#13;')
}

/** `<name>…</name>`; `undefined` leaves the element out. */
export function element(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeXml(String(text))}</${name}>`
}

/** A whole document with `inner` (already XML) inside of the root. */
export function document(root: string, inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${root}>`
}

/** Parses the small documents clients send: elements and text; attributes are skipped, everything else is `MalformedXML`. */
export function parseXml(source: string): XmlElement {
  const text = source.replace(/^\uFEFF?\s*(<\?xml[^>]*\?>)?\s*/, '')
  const tag = /<(\/?)([\w:.-]+)([^<>]*?)(\/?)>/g
  type Open = { name: string; text: string; children: XmlElement[] }
  const stack: Open[] = []
  let root: XmlElement | undefined
  let position = 0
  for (let match = tag.exec(text); match; match = tag.exec(text)) {
    const between = text.slice(position, match.index)
    position = tag.lastIndex
    const top = stack.at(-1)
    if (top) top.text += between
    else if (between.trim() || root) throw s3Error('MalformedXML')
    const name = match[2] ?? ''
    if (match[1]) {
      const closed = stack.pop()
      if (!closed || closed.name !== name) throw s3Error('MalformedXML')
      const done = { name, text: unescapeXml(closed.text), children: closed.children }
      const parent = stack.at(-1)
      if (parent) parent.children.push(done)
      else root = done
    } else if (match[4]) {
      const empty = { name, text: '', children: [] }
      if (top) top.children.push(empty)
      else root = empty
    } else {
      stack.push({ name, text: '', children: [] })
    }
  }
  if (!root || stack.length > 0 || text.slice(position).trim()) throw s3Error('MalformedXML')
  return root
}

/** Text of the child of that name. */
export function childText(parent: XmlElement, name: string): string | undefined {
  return parent.children.find((child) => child.name === name)?.text
}

function unescapeXml(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (_, entity: string) => {
    if (entity.startsWith('#x')) return String.fromCodePoint(Number.parseInt(entity.slice(2), 16))
    if (entity.startsWith('#')) return String.fromCodePoint(Number(entity.slice(1)))
    const char = ENTITIES[entity]
    if (char === undefined) throw s3Error('MalformedXML')
    return char
  })
}
