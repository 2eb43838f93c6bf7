const PER_LINE = 16

/** Bytes as editors of bytes show them: where a line begins, its bytes, and what of them is a letter. */
export function hexLines(base64: string): string[] {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
  return Array.from({ length: Math.ceil(bytes.length / PER_LINE) }, (_, line) => {
    const part = [...bytes.slice(line * PER_LINE, (line + 1) * PER_LINE)]
    const numbers = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const letters = part
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'))
      .join('')
    return `${(line * PER_LINE).toString(16).padStart(4, '0')}  ${numbers.padEnd(PER_LINE * 3 - 1)}  ${letters}`
  })
}
