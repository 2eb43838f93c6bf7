/**
 * Azure takes only C# identifiers as names of metadata; ours are lower-case and may hold more (`content-kind`). Letters and digits stay;
 * `_` becomes `__`, everything else (and a digit at the start) `_x` and the two hex digits of its code.
 */
export function toAzureNames(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [encodeName(name), value]))
}

/** The way back; names that others gave stay as they are, in lower case. */
export function fromAzureNames(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [decodeName(name), value]))
}

function encodeName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, (character) => (character === '_' ? '__' : escaped(character)))
    .replace(/^[0-9]/, escaped)
}

function decodeName(name: string): string {
  return name
    .toLowerCase()
    .replace(/__|_x([0-9a-f]{2})/g, (_, hex?: string) =>
      hex === undefined ? '_' : String.fromCharCode(Number.parseInt(hex, 16)),
    )
}

const escaped = (character: string): string => `_x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
