/** The nonce under which this page may add style elements; the host wrote it into the page. */
export const styleNonce: string =
  document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? ''

// Mantine's dialogs lock scrolling through `react-style-singleton`, which looks for its nonce under this name only.
Object.assign(globalThis, { __webpack_nonce__: styleNonce })
