export function againstRelease(
  packageJson: { readonly version: string; readonly repository?: string },
  tag: string,
  repository: string,
): string[]
