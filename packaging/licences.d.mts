export interface ShippedPackage {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly folder: string
}
export function readLock(folder: string): { readonly packages: Readonly<Record<string, object>> }
export function shippedPackages(lock: { readonly packages: object }): ShippedPackage[]
export function unaccepted(shipped: readonly Pick<ShippedPackage, 'licence'>[]): ShippedPackage[]
export function licenceList(shipped: readonly ShippedPackage[]): string
