export const MUST_SHIP: readonly string[]
export function reasonNotToShip(file: string, target: string): string | undefined
export function wrongInListing(files: readonly string[], target: string): string[]
export function packagesAskedFor(code: string): string[]
