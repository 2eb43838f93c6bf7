import { expect, test } from 'vitest'
import { isInTheClear } from '../../main/contract/index.ts'

test.each([
  ['http://nas.home:9000', true],
  ['HTTP://192.168.1.20', true],
  ['http://localhost.example.com', true],
  ['http://127.example.com', true],
  ['http://127.0.0.1@nas.home/', true],
  ['https://nas.home:9000', false],
  ['http://localhost:9000', false],
  ['http://s3.localhost', false],
  ['http://127.0.0.1:9000/path', false],
  ['http://[::1]:9000', false],
  ['nas.home', false],
  ['', false],
  [undefined, false],
])('whether others can read what goes to %s: %s', (endpoint, expected) => {
  expect(isInTheClear(endpoint)).toBe(expected)
})
