export function targetOfBinary(content: Buffer): string | undefined
export function icoSizes(content: Buffer): number[]
export function icnsSizes(content: Buffer): number[]
export function pngSize(content: Buffer): number
