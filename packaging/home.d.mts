export function homeOf(packageJson?: {
  readonly repository?: string | { readonly url?: string }
}): { readonly owner: string; readonly repo: string } | undefined
export function publishOf(
  packageJson: Parameters<typeof homeOf>[0],
  platform: string,
  env?: Readonly<Record<string, string | undefined>>,
): { readonly provider: string; readonly owner: string; readonly repo: string } | null
