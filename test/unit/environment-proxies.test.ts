import { describe, expect, test } from 'vitest'
import { environmentProxies } from '../../main/engine/env/environment-proxies.ts'

describe('proxies that the environment names', () => {
  const env = {
    https_proxy: 'http://ada:p%40ss@proxy.example:3128',
    HTTP_PROXY: 'proxy.example',
    all_proxy: 'socks5h://socks.example',
    no_proxy: 'example.org, .lan,nas:9000 [fd00::1] 10.0.0.7',
  }

  test.each([
    ['https://s3.example/', 'http://ada:p%40ss@proxy.example:3128'],
    ['http://s3.example/', 'http://proxy.example:80'],
    ['smtp://mail.example:587/', 'socks5://socks.example:1080'],
    ['https://example.org/', undefined],
    ['https://www.example.org/', undefined],
    ['https://notexample.org/', 'http://ada:p%40ss@proxy.example:3128'],
    ['https://nas.lan/', undefined],
    ['https://nas:9000/', undefined],
    ['https://nas/', 'http://ada:p%40ss@proxy.example:3128'],
    ['https://[fd00::1]/', undefined],
    ['https://10.0.0.7/', undefined],
    ['https://localhost:1/', undefined],
    ['http://127.0.0.1:1/', undefined],
    ['http://[::1]:1/', undefined],
    ['no address', undefined],
  ])('%s goes through %s', async (url, proxy) => {
    expect(await environmentProxies(env)(url)).toBe(proxy)
  })

  test('small letters win, and what is no proxy is passed over', async () => {
    const ask = (given: Record<string, string>) => environmentProxies(given)('https://s3.example/')
    expect(await ask({ HTTPS_PROXY: 'http://big:1', https_proxy: 'http://small:1' })).toBe('http://small:1')
    expect(await ask({ HTTPS_PROXY: 'http://big:1', https_proxy: '' })).toBeUndefined()
    expect(await ask({ https_proxy: 'ftp://proxy.example' })).toBeUndefined()
    expect(await ask({ https_proxy: 'http://' })).toBeUndefined()
    expect(await ask({ https_proxy: 'http://p:1', no_proxy: '*' })).toBeUndefined()
    expect(await ask({})).toBeUndefined()
  })
})
