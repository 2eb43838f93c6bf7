import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const folder = process.env.EVERSTOW_BUILT_WINDOW ?? resolve(import.meta.dirname, '../../dist/renderer')
const MOST_BYTES = 350_000

test('the window starts with little: what few people look at, charts above all, comes when they do', async () => {
  const page = await readFile(resolve(folder, 'index.html'), 'utf8')
  const names = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(1)
  // Ninety-eight files, each asked for by itself, took a third of what opening a window costs.
  expect(names.length).toBeLessThan(10)
  const scripts = await Promise.all(names.map((name) => readFile(resolve(folder, name))))
  const bytes = scripts.reduce((sum, script) => sum + gzipSync(script).length, 0)
  expect(bytes).toBeLessThan(MOST_BYTES)
  // The bars and curves themselves, and what reads cron expressions, by words that only they hold.
  for (const script of scripts)
    expect(String(script)).not.toMatch(/recharts-area-curve|dayOfWeekStartIndexZero/)
})
