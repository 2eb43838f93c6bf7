export interface Component {
  readonly type: string
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly licenses: readonly { readonly expression: string }[]
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
}
export function billOfMaterials(
  packageJson: object,
  lock: object,
): { readonly metadata: { readonly component: Component }; readonly components: readonly Component[] }
