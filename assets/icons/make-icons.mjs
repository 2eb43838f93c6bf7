// Draws the pictures of the tray, the taskbar and the program from the SVG files beside it. Run: node assets/icons/make-icons.mjs [path of a Chromium]
//
// A state of the tray differs from every other in shape and in colour, so that it reads without colour too. `light/` and `dark/` are for panels
// of that kind; `template/` is black with the sign cut out, which macOS tints itself. `<state>.png` is 16 pixels, `<state>-22.png` is 22
// (the panels of Linux); `@…x` are for denser screens, by the names that Electron looks for.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { icnsFile, icoFile } from './icon-files.mjs'

const here = import.meta.dirname
const WORKING_FRAMES = 4
/** Colour of the shape and of the sign in it, by panel. */
const COLOURS = {
  protected: { light: ['#12875f', '#fff'], dark: ['#4fd1a1', '#0a2a20'] },
  working: { light: ['#1c7fba', '#fff'], dark: ['#6cc4f5', '#0a2433'] },
  paused: { light: ['#5d6c72', '#fff'], dark: ['#b3c1c6', '#1d2628'] },
  waiting: { light: ['#3f7699', '#fff'], dark: ['#8fc1de', '#10242f'] },
  attention: { light: ['#d07c00', '#fff'], dark: ['#ffbe4d', '#332000'] },
  failed: { light: ['#cb2f27', '#fff'], dark: ['#ff8076', '#3a0805'] },
  hold: { light: ['#7450bd', '#fff'], dark: ['#c0a5ff', '#221147'] },
}
/** Pixels of each density, by the size the system asks for. */
const DENSITIES = { '': [1, 1.25, 1.5, 2, 3, 4], '-22': [1, 1.5, 2] }
const TEMPLATE_DENSITIES = [1, 2, 3]

const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
const page = await browser.newPage()

/** The picture of an SVG text as PNG. */
async function drawn(source, pixels) {
  await page.setViewportSize({ width: pixels, height: pixels })
  await page.setContent(
    `<style>html,body{margin:0;background:transparent}body>svg{display:block;width:${pixels}px;height:${pixels}px}</style>${source}`,
  )
  return page.screenshot({ omitBackground: true })
}

const save = async (file, content) => {
  await mkdir(path.dirname(path.join(here, file)), { recursive: true })
  await writeFile(path.join(here, file), content)
}
const suffixOf = (density) => (density === 1 ? '' : `@${density}x`)

await drawTray()
await drawBadges()
await drawApp()
await browser.close()

async function drawTray() {
  for (const [state, colours] of Object.entries(COLOURS)) {
    const source = await readFile(path.join(here, 'tray/source', `${state}.svg`), 'utf8')
    for (const [name, frame] of framesOf(state)) {
      const turned = source.replace('class="turns"', `transform="rotate(${frame * 90} 8 8)"`)
      for (const [theme, [shape, sign]] of Object.entries(colours))
        for (const [size, densities] of Object.entries(DENSITIES))
          for (const density of densities)
            await save(
              `tray/${theme}/${name}${size}${suffixOf(density)}.png`,
              await drawn(coloured(turned, shape, sign), Math.round((size === '' ? 16 : 22) * density)),
            )
      for (const density of TEMPLATE_DENSITIES)
        await save(
          `tray/template/${name}Template${suffixOf(density)}.png`,
          await drawn(template(turned), 16 * density),
        )
    }
  }
}

function framesOf(state) {
  if (state !== 'working') return [[state, 0]]
  return Array.from({ length: WORKING_FRAMES }, (_, frame) => [`working-${frame}`, frame])
}

function coloured(source, shape, sign) {
  return source
    .replace(/(<g class="shape") fill="[^"]*" stroke="[^"]*"/, `$1 fill="${shape}" stroke="${shape}"`)
    .replace(/(<g class="sign" fill="none") stroke="[^"]*"/, `$1 stroke="${sign}"`)
}

function template(source) {
  const sign = /<g class="sign"[\s\S]*?<\/g>/.exec(source)?.[0] ?? ''
  const mask = `<mask id="cut"><rect width="16" height="16" fill="#fff"/>${sign.replace('stroke="#fff"', 'stroke="#000"')}</mask>`
  return coloured(source.replace(sign, ''), '#000', '')
    .replace('<g class="shape"', `${mask}<g mask="url(#cut)"><g class="shape"`)
    .replace('</svg>', '</g></svg>')
}

/** What Windows lays over the taskbar's button: how many wait for a person. */
async function drawBadges() {
  const source = await readFile(path.join(here, 'badge.svg'), 'utf8')
  for (const count of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '9+'])
    for (const density of [1, 1.5, 2])
      await save(
        `badge/${count === '9+' ? 'more' : count}${suffixOf(density)}.png`,
        await drawn(
          source
            .replace('>9+<', `>${count}<`)
            .replace('font-size="9"', `font-size="${count.length > 1 ? 9 : 12}"`),
          16 * density,
        ),
      )
}

/** The program's icon for the three systems; below 32 pixels a simpler drawing, because the fine one would blur. */
async function drawApp() {
  const [fine, simple] = await Promise.all(
    ['logo.svg', 'logo-small.svg'].map((file) => readFile(path.join(here, file), 'utf8')),
  )
  const sourceOf = (pixels) => (pixels < 32 ? simple : fine)
  const plain = new Map()
  for (const pixels of [16, 20, 24, 32, 40, 48, 64, 128, 256, 512])
    plain.set(pixels, await drawn(sourceOf(pixels), pixels))
  for (const pixels of [16, 24, 32, 48, 64, 128, 256, 512])
    await save(`app/${pixels}x${pixels}.png`, plain.get(pixels))
  await save('app.png', plain.get(512))
  await save(
    'app.ico',
    icoFile([16, 20, 24, 32, 40, 48, 64, 256].map((pixels) => [pixels, plain.get(pixels)])),
  )

  // On macOS an icon leaves a tenth of its square free all around.
  const mac = new Map()
  for (const pixels of [16, 32, 64, 128, 256, 512, 1024]) {
    const inner = sourceOf(pixels).replace('<svg ', '<svg x="100" y="100" width="824" height="824" ')
    const framed = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024">${inner}</svg>`
    mac.set(pixels, await drawn(framed, pixels))
  }
  await save('app.icns', icnsFile(mac))
}
