/** How content is understood. `json`: one value; `ndjson`, `csv`: records; `text`: letters; `bytes`: anything else. */
export type DataKind = 'json' | 'ndjson' | 'csv' | 'text' | 'bytes'

/** Enough of a file to know what it is. */
export const SNIFFED_BYTES = 8_192

const words = (text: string): string[] => text.trim().split(/\s+/)
const ENDINGS: ReadonlyMap<string, DataKind> = new Map([
  ...words('json geojson topojson jsonld webmanifest ipynb har avsc gltf').map(
    (end) => [end, 'json'] as const,
  ),
  ...words('ndjson jsonl ldjson geojsonl').map((end) => [end, 'ndjson'] as const),
  ...words('csv tsv tab').map((end) => [end, 'csv'] as const),
  ...words(`
    txt text md markdown rst adoc org tex log out err diff patch yml yaml toml ini cfg conf config properties env xml xsd xsl xhtml html htm
    svg css scss sass less js mjs cjs jsx ts mts cts tsx vue svelte py pyi rb go rs java kt kts scala groovy swift c h cc cpp cxx hpp cs fs vb
    php pl pm lua r jl hs ml ex exs erl clj el sh bash zsh fish ps1 bat cmd sql graphql proto tf hcl nix cmake mk gradle json5 jsonc hjson srt
    vtt ics vcf eml po pot bib gitignore dockerignore editorconfig
  `).map((end) => [end, 'text'] as const),
])

/** What a name says of its content; undefined where it says nothing. */
export function kindOfName(path: string): DataKind | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot < 0 ? undefined : ENDINGS.get(name.slice(dot + 1).toLowerCase())
}

/** What the beginning of a file says of its content. */
export function kindOfBeginning(bytes: Uint8Array, isWhole: boolean): DataKind {
  const text = lettersOf(bytes, isWhole)
  if (text === undefined || text.includes('\0')) return 'bytes'
  const beginning = text.trimStart()
  if (!beginning.startsWith('{') && !beginning.startsWith('[')) return 'text'
  return jsonOfBeginning(beginning, isWhole) ?? 'text'
}

function lettersOf(bytes: Uint8Array, isWhole: boolean): string | undefined {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes, { stream: !isWhole })
  } catch {
    return undefined
  }
}

/** The encoding that the first bytes name; UTF-8 where they name none. */
export function encodingOf(beginning: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (beginning[0] === 0xff && beginning[1] === 0xfe) return 'utf-16le'
  if (beginning[0] === 0xfe && beginning[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

const TOKEN = /\s*(?:([[\]{}:,])|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y
/** What may stand where a text was cut in the middle of a token. */
const CUT_TOKEN =
  /^\s*(?:"(?:[^"\\]|\\.)*\\?|-?[\d.eE+-]*|t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?)$/

/** Whether a text that may be cut off is one JSON value, or one a line; undefined where it is neither. */
function jsonOfBeginning(text: string, isWhole: boolean): 'json' | 'ndjson' | undefined {
  const open: string[] = []
  let expected: 'value' | 'name' | 'colon' | 'next' = 'value'
  let isFirst = true
  let at = 0
  while (at < text.length) {
    TOKEN.lastIndex = at
    const [token, mark, string] = TOKEN.exec(text) ?? []
    if (token === undefined) {
      const rest = text.slice(at)
      return rest.trim() === '' || (!isWhole && CUT_TOKEN.test(rest)) ? 'json' : undefined
    }
    const inside = open.at(-1)
    if (mark === '{' || mark === '[') {
      if (expected !== 'value') return undefined
      open.push(mark)
      expected = mark === '{' ? 'name' : 'value'
      isFirst = true
    } else if (mark === '}' || mark === ']') {
      const isEmpty = isFirst && expected !== 'next' && expected !== 'colon'
      if (inside !== (mark === '}' ? '{' : '[') || (expected !== 'next' && !isEmpty)) return undefined
      open.pop()
      expected = 'next'
      if (open.length === 0) return whatFollows(text.slice(TOKEN.lastIndex))
    } else if (mark === ':') {
      if (expected !== 'colon') return undefined
      expected = 'value'
    } else if (mark === ',') {
      if (expected !== 'next') return undefined
      expected = inside === '{' ? 'name' : 'value'
      isFirst = false
    } else if (expected === 'name' && string !== undefined) expected = 'colon'
    else if (expected === 'value') expected = 'next'
    else return undefined
    at = TOKEN.lastIndex
  }
  return isWhole ? undefined : 'json'
}

/** After a whole value: nothing, or the next one on a line of its own. */
function whatFollows(rest: string): 'json' | 'ndjson' | undefined {
  if (rest.trim() === '') return 'json'
  return /^[ \t]*\r?\n\s*[[{"\d-]/.test(rest) ? 'ndjson' : undefined
}
