import { describe, expect, test } from 'vitest'
import { proxyOf, systemProxies, trustSystemCertificates } from '../../main/hosts/electron/system/network.ts'

const quiet = { warn() {} }

describe('the proxy of the system', () => {
  test.each([
    ['DIRECT', undefined],
    ['', undefined],
    ['PROXY proxy.example:3128', 'http://proxy.example:3128'],
    ['PROXY proxy.example:3128;DIRECT', 'http://proxy.example:3128'],
    ['HTTPS secure.example:443; PROXY b:80', 'https://secure.example:443'],
    ['SOCKS5 socks.example:1080; PROXY b:80', 'socks5://socks.example:1080'],
    ['SOCKS5 [fd00::1]:1080', 'socks5://[fd00::1]:1080'],
    ['SOCKS old.example:1080; DIRECT', 'socks4://old.example:1080'],
    ['QUIC q.example:443; PROXY b:80', 'http://b:80'],
    ['PROXY [fd00::1]:3128', 'http://[fd00::1]:3128'],
    ['DIRECT; PROXY b:80', undefined],
    ['PROXY b:99999', undefined],
    ['PROXY http://evil/@b:80', undefined],
    ['PROXY user:word@b:80', undefined],
  ])('%j is %s', (answer, proxy) => {
    expect(proxyOf(answer)).toBe(proxy)
  })

  test('is asked for each address; where the system gives no answer it goes directly', async () => {
    const asked: string[] = []
    const ask = systemProxies(
      {
        async resolveProxy(url) {
          asked.push(url)
          if (url.includes('broken')) throw new Error('no service')
          return url.includes('nas.lan') ? 'DIRECT' : 'PROXY p:8080'
        },
      },
      quiet,
    )
    expect(await ask('https://s3.example/')).toBe('http://p:8080')
    expect(await ask('http://nas.lan:9000/')).toBeUndefined()
    expect(await ask('https://broken.example/')).toBeUndefined()
    expect(asked).toHaveLength(3)
  })
})

describe('certificates', () => {
  const trust = (system: () => readonly string[]) => {
    const set: (readonly string[])[] = []
    trustSystemCertificates(
      {
        getCACertificates: (type) => (type === 'default' ? ['a', 'b'] : system()),
        setDefaultCACertificates: (certificates) => set.push(certificates),
      },
      quiet,
    )
    return set
  }

  test('of the system are trusted beside those of the program, each once', () => {
    expect(trust(() => ['b', 'company'])).toEqual([['a', 'b', 'company']])
  })

  test('a system that has no others, or fails, changes nothing', () => {
    expect(trust(() => ['a'])).toEqual([])
    expect(
      trust(() => {
        throw new Error('no keychain')
      }),
    ).toEqual([])
  })
})
