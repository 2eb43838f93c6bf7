import { renderSVG } from 'uqr'
import { redactText } from '../../env/log-fields.ts'
import { Secret } from '../../env/secrets.ts'
import { KIT_STYLE } from './kit-style.ts'
import { kitCode } from './recovery-kit.ts'

/** What a printed kit says. */
export interface Kit {
  /** 32 hex digits. */
  readonly repoIdHex: string
  /** The 24 words, separated by spaces. */
  readonly words: Secret
  /** The day it was made, as people of the language write it. */
  readonly madeOn: string
  /** Where the repository lies. Credentials in a URL are left out. */
  readonly places: readonly { readonly name: string; readonly url: string }[]
}

/** The sentences of the page in one language: the group `kit` of `assets/locales`. What is typed stands between backticks. */
export interface KitTexts {
  /** Language tag of the sentences, such as `en`. */
  readonly language: string
  readonly title: string
  readonly lead: string
  readonly repository: string
  readonly madeOn: string
  readonly places: string
  readonly words: string
  readonly code: string
  readonly use: string
  readonly stepInstall: string
  readonly stepAdopt: string
  readonly stepWords: string
  readonly stepRestore: string
  readonly access: string
  readonly alone: string
  readonly leaked: string
  readonly keptAt: string
  readonly checkedOn: string
}

/**
 * The kit as one HTML page that needs nothing else: no script, no font, no picture from anywhere, black on white, made to fit one sheet of A4 or Letter.
 * It holds the words, so it is a secret until it is printed.
 */
export function renderKitPage(kit: Kit, texts: KitTexts): Secret {
  const t = marked(texts)
  return new Secret(`<!doctype html>
<html lang="${t.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>Everstow · ${t.title}</title>
<style>${KIT_STYLE}</style>
</head>
<body>
<main>
<header>
<p class="brand">Everstow</p>
<h1>${t.title}</h1>
<p>${t.lead}</p>
</header>
<section class="facts">
<dl>
<dt>${t.repository}</dt><dd class="mono">${grouped(htmlText(kit.repoIdHex))}</dd>
<dt>${t.madeOn}</dt><dd>${htmlText(kit.madeOn)}</dd>
<dt>${t.places}</dt><dd><ul>${kit.places.map(placeItem).join('')}</ul></dd>
</dl>
<figure>${qrCode(kit, t.code)}<figcaption>${t.code}</figcaption></figure>
</section>
<section>
<h2>${t.words}</h2>
<ol class="words">${kit.words.reveal().split(' ').map(wordItem).join('')}</ol>
</section>
<section>
<h2>${t.use}</h2>
<ol class="steps">
<li>${t.stepInstall}</li>
<li>${t.stepAdopt}</li>
<li>${t.stepWords}</li>
<li>${t.stepRestore}</li>
</ol>
<p>${t.access}</p>
<p>${t.alone} ${t.leaked}</p>
</section>
<footer>
<p><span>${t.keptAt}</span><i></i></p>
<p><span>${t.checkedOn}</span><i></i></p>
</footer>
</main>
</body>
</html>
`)
}

function wordItem(word: string): string {
  return `<li>${htmlText(word)}</li>`
}

function placeItem({ name, url }: Kit['places'][number]): string {
  return `<li><b>${htmlText(name)}</b> <span class="mono">${htmlText(redactText(url))}</span></li>`
}

/** Level M bears a sixth of the code being soiled; the border is the quiet zone that scanners need. */
function qrCode(kit: Kit, label: string): string {
  const svg = renderSVG(kitCode(kit.repoIdHex, kit.words).reveal(), { ecc: 'M', border: 4 })
  return svg.replace('<svg ', `<svg role="img" aria-label="${label}" shape-rendering="crispEdges" `)
}

/** In groups of four, to compare by eye. */
function grouped(hex: string): string {
  return hex.replace(/(.{4})(?=.)/g, '$1 ')
}

/** The sentences as HTML; what stands between backticks is set as something to type. */
function marked(texts: KitTexts): KitTexts {
  const html = Object.entries(texts).map(([key, text]) => [
    key,
    htmlText(text).replace(/`([^`]*)`/g, '<code>$1</code>'),
  ])
  return Object.fromEntries(html) as KitTexts
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function htmlText(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? mark)
}
