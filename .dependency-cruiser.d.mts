declare const configuration: { forbidden: { name: string }[]; options: Record<string, unknown> }
export default configuration
