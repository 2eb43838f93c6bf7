import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ownProgram } from '../../main/app/own-program.ts'

test.each([
  [
    ['/n', '/opt/everstow/bin/everstow.mjs', 'db', 'add'],
    ['/n', resolve('/opt/everstow/bin/everstow.mjs')],
  ],
  [['/n', '/usr/local/bin/everstow', 'serve'], [resolve('/usr/local/bin/everstow')]],
  [['/n', '/home/me/my-program.js'], ['everstow']],
  [['/n'], ['everstow']],
])('%s is started elsewhere as %s', (argv, words) => expect(ownProgram(argv, '/n')).toEqual(words))
