import { encode } from 'uqr'
import { describe, expect, test } from 'vitest'
import en from '../../../../assets/locales/en.json' with { type: 'json' }
import fr from '../../../../assets/locales/fr.json' with { type: 'json' }
import { Secret } from '../../../../main/engine/env/secrets.ts'
import { type Kit, renderKitPage } from '../../../../main/engine/repository/keys/kit-page.ts'
import { wordsOf } from '../../../../main/engine/repository/keys/recovery-kit.ts'

const words = wordsOf(Buffer.from(Array.from({ length: 32 }, (_, index) => index * 5)))
const kit: Kit = {
  repoIdHex: '00112233445566778899aabbccddeeff',
  words,
  madeOn: '21 November 2026',
  places: [
    { name: 'USB drive', url: 'file:///media/anna/everstow' },
    { name: 'Far away', url: 's3://bucket/prefix?endpoint=objects.example' },
  ],
}

describe('the printed kit', () => {
  test('says in both languages everything that the texts say, once', () => {
    for (const texts of [en.kit, fr.kit]) {
      const html = renderKitPage(kit, texts).reveal()
      expect(html).toContain(`<html lang="${texts.language}">`)
      const page = html.replace(/<\/?code>/g, '`').replace(/&#39;/g, "'")
      for (const [key, text] of Object.entries(texts))
        expect(page.includes(text), `${texts.language} ${key}`).toBe(true)
      expect(html).not.toMatch(/undefined|\{\{|\[object/)
    }
  })

  test('shows the words in order, the repository, the day and the places', () => {
    const html = renderKitPage(kit, en.kit).reveal()
    const list = /<ol class="words">(.*?)<\/ol>/s.exec(html)?.[1] ?? ''
    expect([...list.matchAll(/<li>(.*?)<\/li>/g)].map((match) => match[1])).toEqual(words.reveal().split(' '))
    expect(html).toContain('0011 2233 4455 6677 8899 aabb ccdd eeff')
    expect(html).toContain('21 November 2026')
    expect(html).toContain('file:///media/anna/everstow')
    expect(html).toContain('s3://bucket/prefix?endpoint=objects.example')
    expect(html).toContain('<code>everstow repo adopt NAME</code>')
  })

  test('shows a code of the same words: its dark squares are those of the text encoded', () => {
    const html = renderKitPage(kit, en.kit).reveal()
    const path = /<path[^>]* d="([^"]*)"/.exec(html)?.[1] ?? ''
    const dark = new Set(
      [...path.matchAll(/M(\d+),(\d+)h10v10h-10z/g)].map((match) => `${match[1]},${match[2]}`),
    )
    const code = encode(`everstow-kit:1:${kit.repoIdHex}:${words.reveal()}`, { ecc: 'M', border: 4 })
    const expected = code.data.flatMap((row, y) =>
      row.flatMap((isDark, x) => (isDark ? [`${x * 10},${y * 10}`] : [])),
    )
    expect(dark.size).toBeGreaterThan(1000)
    expect([...dark].sort()).toEqual(expected.sort())
  })

  test('needs nothing from anywhere and runs nothing', () => {
    const html = renderKitPage(kit, en.kit).reveal()
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=|javascript:/i)
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
  })

  test('leaves out what opens a place, and lets no name become markup', () => {
    const hostile: Kit = {
      ...kit,
      madeOn: '<b>now</b>',
      places: [
        { name: '<img src=x onerror=alert(1)>', url: 'https://anna:hunter2@nas.example/dav' },
        { name: `"'&`, url: 'https://account.blob.example/box?sv=1&sig=c2VjcmV0' },
      ],
    }
    const html = renderKitPage(hostile, { ...en.kit, code: '"><svg onload=alert(1)>' }).reveal()
    expect(html).not.toMatch(/hunter2|c2VjcmV0|<img|<b>now|<svg onload/)
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(html).toContain('&quot;&#39;&amp;')
    expect(html).toContain('https://***@nas.example/dav')
  })

  test('is a secret: it holds the words', () => {
    const page = renderKitPage(kit, en.kit)
    expect(page).toBeInstanceOf(Secret)
    expect(`${page}`).toBe('***')
  })
})
