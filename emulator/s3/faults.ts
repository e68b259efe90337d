// S3's errors that several operations have.
import { Fault } from "../engine/service.ts"

export const fault = (
  code: string,
  message: string,
  statusCode = 400,
  members?: Readonly<Record<string, unknown>>,
  headers?: Readonly<Record<string, string>>
): Fault => new Fault({ code, message, statusCode, members, headers })

export const accessDenied = (
  headers?: Readonly<Record<string, string>>,
  message = "Access Denied"
): Fault => fault("AccessDenied", message, 403, undefined, headers)

export const invalidArgument = (message: string, name?: string, value?: string): Fault =>
  fault("InvalidArgument", message, 400, {
    ...(name !== undefined && { ArgumentName: name }),
    ...(value !== undefined && { ArgumentValue: value })
  })

export const invalidRequest = (message: string): Fault => fault("InvalidRequest", message)

export const malformed: Fault = fault(
  "MalformedXML",
  "The XML you provided was not well-formed or did not validate against our published schema"
)

/** A header that a general purpose bucket doesn't have, or not with this value. */
export const notImplemented = (header: string, additionalMessage?: string): Fault =>
  fault("NotImplemented", "A header you provided implies functionality that is not implemented", 501, {
    Header: header,
    ...(additionalMessage !== undefined && { additionalMessage })
  })

export const noSuchKey = (key: string, headers?: Readonly<Record<string, string>>): Fault =>
  fault("NoSuchKey", "The specified key does not exist.", 404, { Key: key }, headers)

export const noSuchBucket = (name: string): Fault =>
  fault("NoSuchBucket", "The specified bucket does not exist", 404, { BucketName: name })

export const noSuchUpload = (uploadId: string): Fault =>
  fault(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    404,
    { UploadId: uploadId }
  )

export const preconditionFailed = (condition: string): Fault =>
  fault("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412, {
    Condition: condition
  })

export const notAllowed = (
  members?: Readonly<Record<string, unknown>>,
  headers?: Readonly<Record<string, string>>
): Fault =>
  fault("MethodNotAllowed", "The specified method is not allowed against this resource.", 405, members, headers)
