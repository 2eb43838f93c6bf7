/** Secrets of every kind. None of them may be found anywhere but where secrets lie. */
export const CANARIES = {
  passphrase: 'canaryPassphrase0c4f2a',
  s3: 'canaryS3Key0b1d9e7a55c2f08e64',
  wrongS3: 'canaryWrongS3Key0a7be2c1d4',
  session: 'canarySessionToken0d41c2b3a',
  azure: 'Y2FuYXJ5QXp1cmVBY2NvdW50S2V5MGE3YmUyYzFkNDU1Zg==',
  sas: 'canarySasSignature0e5b7c1d2f',
  google: 'canaryGooglePrivateKey0c2d3e4f',
  webhook: 'canaryWebhookSecret0f1e2d3c',
  hook: 'canaryHookPath0a9b8c7d6e',
  mail: 'canaryMailPassword0b6a5c4d',
  postgres: 'canaryPostgres0d3c2b1a0f',
  env: 'canaryEnvSecret0c9d8e7f6a',
  mistyped: 'canaryMistyped0e8d7c6b5a',
} as const
/** As it is, in a URL, in hexadecimal, in base 64 at each of its three places. */
const FORMS = Object.entries(CANARIES).flatMap(([kind, text]) => {
  const coded = ['', 'x', 'xx'].map((before) =>
    Buffer.from(before + text)
      .toString('base64')
      .slice(4, -4),
  )
  return [text, encodeURIComponent(text), Buffer.from(text).toString('hex'), ...coded].map((form) => ({
    kind,
    form,
  }))
})

/** Which of them a text holds, in any form, each with where that is. */
export function canariesIn(where: string, text: string): string[] {
  return FORMS.flatMap(({ kind, form }) => (text.includes(form) ? [`${kind} in ${where}`] : []))
}
