// What the judge asks a client process for, and what it hears. All of it is JSON.

/** Options that the functions of S3 take as they are. */
export type Options = Readonly<Record<string, unknown>>

/** A file system that is worse than the real one. */
export type Disk =
  | { readonly _tag: "Slow"; readonly milliseconds: number }
  /** Has space for this many bytes. */
  | { readonly _tag: "Full"; readonly bytes: number }

/** What a body is made of. Its bytes are those of `contentOf` for the labels. */
export interface BodySpec {
  readonly kind: "string" | "bytes" | "stream" | "readable" | "web"
  readonly size: number
  readonly labels: ReadonlyArray<string | number>
  /** The body fails after this many bytes. */
  readonly failsAfter?: number | undefined
  readonly chunk: number
}

export type Operation =
  | { readonly _tag: "uploadFile"; readonly options: Options; readonly disk?: Disk | undefined }
  | { readonly _tag: "putObject"; readonly options: Options; readonly body: BodySpec }
  | { readonly _tag: "downloadFile"; readonly options: Options; readonly disk?: Disk | undefined }
  | {
    readonly _tag: "getObject" | "getBytes"
    readonly bucket: string
    readonly key: string
    readonly options?: Options | undefined
    /** Stops reading after this many bytes. */
    readonly take?: number | undefined
    /** Waits this long for each chunk, in milliseconds. */
    readonly slow?: number | undefined
  }
  | { readonly _tag: "listObjects"; readonly bucket: string; readonly prefix: string }
  | { readonly _tag: "copyObject"; readonly options: Options }
  | {
    readonly _tag: "deleteObjects"
    readonly bucket: string
    readonly keys: ReadonlyArray<string>
    readonly isStream: boolean
  }
  | { readonly _tag: "uploadDirectory" | "downloadDirectory" | "sync"; readonly options: Options }

export type Name = Operation["_tag"]

/** How an operation ended. */
export type Outcome =
  | { readonly _tag: "Success"; readonly value: any }
  | {
    readonly _tag: "Failure"
    readonly tag: string
    /** Of an `AwsError`: its code and the tag of its reason. */
    readonly code?: string | undefined
    readonly reason?: string | undefined
    readonly message: string
    /** Of a `TransferIncomplete`. */
    readonly failed?:
      | ReadonlyArray<{ readonly path: string; readonly tag: string; readonly message: string }>
      | undefined
  }
  | { readonly _tag: "Interrupted" }
  /** What no caller can handle. */
  | { readonly _tag: "Defect"; readonly text: string }
  /** The process ended before it said anything. */
  | { readonly _tag: "Gone"; readonly status: number | string | null }

/** What a process holds when nothing runs. */
export interface Holdings {
  /** The listeners of the process. */
  readonly listeners: number
  /** In bytes, after a collection: the heap, and the buffers outside of it. */
  readonly heap: number
  readonly buffers: number
  /** Warnings of Node's, unhandled rejections and uncaught exceptions so far. */
  readonly complaints: ReadonlyArray<string>
}

export type Question =
  | { readonly ask: "run"; readonly operation: Operation }
  | { readonly ask: "interrupt" }
  | { readonly ask: "holdings" }

export type Answer =
  | { readonly about: "ready" }
  | { readonly about: "run"; readonly outcome: Outcome }
  | { readonly about: "holdings"; readonly holdings: Holdings }

/** The errors that each function declares. */
export const declared: Readonly<Record<Name, ReadonlyArray<string>>> = {
  uploadFile: ["CannotReadFile", "BucketDoesNotExist", "BucketAccessDenied", "PreconditionFailed", "AwsError"],
  putObject: [
    "BodyFailed",
    "CannotReadBody",
    "BucketDoesNotExist",
    "BucketAccessDenied",
    "PreconditionFailed",
    "AwsError"
  ],
  getObject: ["ObjectDoesNotExist", "ObjectArchived", "PreconditionFailed", "RangeNotSatisfiable", "AwsError"],
  getBytes: [
    "ObjectDoesNotExist",
    "ObjectArchived",
    "PreconditionFailed",
    "RangeNotSatisfiable",
    "ObjectTooLarge",
    "AwsError"
  ],
  downloadFile: [
    "ObjectDoesNotExist",
    "ObjectArchived",
    "PreconditionFailed",
    "RangeNotSatisfiable",
    "ObjectChanged",
    "ObjectCorrupted",
    "FileAlreadyExists",
    "DirectoryDoesNotExist",
    "CannotWriteFile",
    "AwsError"
  ],
  listObjects: ["BucketDoesNotExist", "AwsError"],
  copyObject: [
    "ObjectDoesNotExist",
    "ObjectArchived",
    "PreconditionFailed",
    "ObjectChanged",
    "BucketDoesNotExist",
    "BucketAccessDenied",
    "AwsError"
  ],
  deleteObjects: ["ObjectsNotDeleted", "BucketDoesNotExist", "AwsError"],
  uploadDirectory: [
    "TransferIncomplete",
    "DirectoryDoesNotExist",
    "CannotReadFile",
    "BucketDoesNotExist",
    "BucketAccessDenied",
    "AwsError"
  ],
  downloadDirectory: [
    "TransferIncomplete",
    "DirectoryDoesNotExist",
    "CannotWriteFile",
    "BucketDoesNotExist",
    "AwsError"
  ],
  sync: [
    "TransferIncomplete",
    "DirectoryDoesNotExist",
    "CannotReadFile",
    "CannotWriteFile",
    "BucketDoesNotExist",
    "BucketAccessDenied",
    "AwsError"
  ]
}
