// Draws the tray's pictures and the app's icon. Run: node assets/icons/make-icons.mjs [path of a Chromium]
//
// A state differs from every other in shape and in colour, so that it reads without colour too. `<state>.png` is coloured;
// `<state>Template.png` is black with the sign cut out, which macOS tints itself. `@2x` is for screens of high density.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { chromium } from 'playwright-core'

const here = import.meta.dirname
const SIZE = 16
const WORKING_FRAMES = 4

const disc = '<circle cx="8" cy="8" r="7.2"/>'
const tile = '<rect x="1" y="1" width="14" height="14" rx="3.2"/>'
const triangle =
  '<path d="M8 .9c.6 0 1.1.3 1.4.8l6 10.9c.6 1.1-.2 2.4-1.4 2.4H2c-1.2 0-2-1.3-1.4-2.4l6-10.9c.3-.5.8-.8 1.4-.8z"/>'
const octagon = '<path d="M5.2 .8h5.6L15.2 5.2v5.6L10.8 15.2H5.2L.8 10.8V5.2z"/>'
const shield = '<path d="M8 .6 14.4 3v4.6c0 3.7-2.6 6.6-6.4 7.8C4.2 14.2 1.6 11.3 1.6 7.6V3z"/>'
const hourglass = '<path d="M2.4 1h11.2v2.6L9.9 8l3.7 4.4V15H2.4v-2.6L6.1 8 2.4 3.6z"/>'

const line = (d, width = 2) =>
  `<path d="${d}" fill="none" stroke="SIGN" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`

/** A ring whose bright quarter goes round. */
const ring = (frame) =>
  `<circle cx="8" cy="8" r="5.9" fill="none" stroke="SHAPE" stroke-opacity="0.36" stroke-width="2.6"/>` +
  `<path d="M8 2.1a5.9 5.9 0 0 1 5.9 5.9" fill="none" stroke="SHAPE" stroke-width="2.6" stroke-linecap="round" transform="rotate(${frame * 90} 8 8)"/>` +
  '<path d="M8 10.6V5.8M5.9 7.6 8 5.5l2.1 2.1" fill="none" stroke="SHAPE" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>'

/** Body (filled with the colour), sign (cut out of it). */
const STATES = {
  protected: { colour: '#159a6c', body: disc, sign: line('M4.7 8.3 7 10.6l4.4-4.9', 2.1) },
  paused: { colour: '#6a7a80', body: tile, sign: line('M6 5.2v5.6M10 5.2v5.6', 2.1) },
  waiting: { colour: '#4b83a6', body: hourglass, sign: line('M6.5 12.9h3', 1.5) + line('M6.7 3.7h2.6', 1.5) },
  attention: { colour: '#d98200', body: triangle, sign: line('M8 5.6v3.6M8 12.1v.01', 2.1) },
  failed: { colour: '#d0342c', body: octagon, sign: line('M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8', 2.1) },
  hold: { colour: '#7a56c2', body: shield, sign: line('M8 4.8v3.4M8 11v.01', 2.1) },
  ...Object.fromEntries(
    Array.from({ length: WORKING_FRAMES }, (_, frame) => [
      `working-${frame}`,
      { colour: '#2490cf', body: ring(frame), sign: '' },
    ]),
  ),
}

function coloured({ colour, body, sign }) {
  return svg(`<g fill="${colour}">${body.replaceAll('SHAPE', colour)}</g>${sign.replaceAll('SIGN', '#fff')}`)
}

function template({ body, sign }) {
  const mask = `<mask id="m"><rect width="16" height="16" fill="#fff"/>${sign.replaceAll('SIGN', '#000')}</mask>`
  return svg(`${mask}<g fill="#000" mask="url(#m)">${body.replaceAll('SHAPE', '#000')}</g>`)
}

function svg(content) {
  return `<svg xmlns="http://www.w3.org/20/svg" viewBox="0 0 ${SIZE} ${SIZE}">${content}</svg>`
}

const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
const page = await browser.newPage()

async function draw(source, pixels, file) {
  await page.setViewportSize({ width: pixels, height: pixels })
  await page.setContent(
    `<style>html,body{margin:0;background:transparent}svg{display:block;width:${pixels}px;height:${pixels}px}</style>${source}`,
  )
  await writeFile(path.join(here, file), await page.screenshot({ omitBackground: true }))
}

await mkdir(path.join(here, 'tray'), { recursive: true })
for (const [name, state] of Object.entries(STATES)) {
  for (const [suffix, pixels] of [
    ['', SIZE],
    ['@2x', SIZE * 2],
  ]) {
    await draw(coloured(state), pixels, `tray/${name}${suffix}.png`)
    await draw(template(state), pixels, `tray/${name}Template${suffix}.png`)
  }
}
await draw(await readFile(path.join(here, 'logo.svg'), 'utf8'), 512, 'app.png')
await browser.close()
