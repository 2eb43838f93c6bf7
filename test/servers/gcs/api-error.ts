/** A refusal in the form of Google's JSON API. */
export class ApiError extends Error {
  readonly status: number
  readonly reason: string
  readonly headers: Record<string, string>

  constructor(status: number, reason: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.reason = reason
    this.headers = headers
  }

  body(): Buffer {
    const detail = { message: this.message, domain: 'global', reason: this.reason }
    return Buffer.from(
      JSON.stringify({ error: { code: this.status, message: this.message, errors: [detail] } }),
    )
  }
}

export const badRequest = (message: string): ApiError => new ApiError(400, 'invalid', message)
export const noSuchBucket = (): ApiError =>
  new ApiError(404, 'notFound', 'The specified bucket does not exist.')
export const noSuchObject = (bucket: string, name: string): ApiError =>
  new ApiError(404, 'notFound', `No such object: ${bucket}/${name}`)
export const conditionNotMet = (): ApiError =>
  new ApiError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.')
