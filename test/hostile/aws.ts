// The in-memory AWS behind the proxy, and a client of AWS's own SDK that doesn't go through the proxy: it judges.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  type S3ServiceException,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { Effect, Exit, Layer, Scope } from "effect"
import { InMemory } from "effect-aws-sdk"
import { sha256 } from "./random.ts"

export const bucket = "hostile"

/** An object, as far as a transfer can get it wrong. */
export interface Found {
  readonly sha256: string
  readonly size: number
  readonly etag: string | undefined
  readonly contentType: string | undefined
  readonly cacheControl: string | undefined
  readonly metadata: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
}

export interface ObjectHeaders {
  readonly contentType?: string | undefined
  readonly cacheControl?: string | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** How an object is put. */
export interface PutOptions extends ObjectHeaders {
  /** In parts of this size, in bytes. */
  readonly partSize?: number | undefined
}

/** An upload that nobody has completed or aborted. */
export interface Unfinished {
  readonly key: string
  readonly uploadId: string
  readonly parts: number
}

export interface Aws {
  readonly url: string
  readonly put: (key: string, body: Uint8Array, options?: PutOptions) => Promise<void>
  readonly delete: (key: string) => Promise<void>
  /** The object that has this key, if there is one. */
  readonly find: (key: string) => Promise<Found | undefined>
  /** All keys of the bucket. */
  readonly keys: () => Promise<ReadonlyArray<string>>
  /** Begins an upload. */
  readonly begin: (key: string) => Promise<void>
  readonly unfinished: () => Promise<ReadonlyArray<Unfinished>>
  readonly abort: (upload: Unfinished) => Promise<void>
  readonly partNumbers: (upload: Unfinished) => Promise<ReadonlyArray<number>>
  readonly putPart: (upload: Unfinished, number: number, body: Uint8Array) => Promise<void>
  readonly close: () => Promise<void>
}

export const startAws = async (): Promise<Aws> => {
  const scope = await Effect.runPromise(Scope.make())
  const inScope = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
    Effect.runPromise(Effect.provideService(effect, Scope.Scope, scope))
  const context = await inScope(Layer.build(InMemory.layer({ region: "eu-central-1", journal: 0 })))
  const { url } = await inScope(Effect.provideContext(InMemory.serve(), context))
  const client = new S3Client({
    endpoint: url,
    region: "eu-central-1",
    forcePathStyle: true,
    credentials: { accessKeyId: "AKIATEST", secretAccessKey: "test" }
  })
  await client.send(
    new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } })
  )
  const found = async (Key: string): Promise<Found | undefined> => {
    try {
      const output = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
      const bytes = await output.Body!.transformToByteArray()
      const { TagSet = [] } = output.TagCount === undefined
        ? {}
        : await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key }))
      return {
        sha256: sha256(bytes),
        size: bytes.length,
        etag: output.ETag,
        contentType: output.ContentType,
        cacheControl: output.CacheControl,
        metadata: output.Metadata ?? {},
        tags: Object.fromEntries(TagSet.map(({ Key, Value }) => [Key!, Value!]))
      }
    } catch (cause) {
      if ((cause as S3ServiceException).name === "NoSuchKey") return undefined
      throw cause
    }
  }
  const partNumbers = async (Key: string, UploadId: string) => {
    const { Parts = [] } = await client.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId }))
    return Parts.map(({ PartNumber }) => PartNumber!)
  }
  return {
    url,
    put: async (Key, Body, { cacheControl, contentType, metadata, partSize, tags } = {}) => {
      const parameters = {
        Bucket: bucket,
        Key,
        ContentType: contentType,
        CacheControl: cacheControl,
        Metadata: metadata && { ...metadata },
        Tagging: tags && new URLSearchParams(tags).toString()
      }
      if (partSize === undefined || Body.length <= partSize) {
        await client.send(new PutObjectCommand({ ...parameters, Body }))
        return
      }
      const { UploadId } = await client.send(
        new CreateMultipartUploadCommand({ ...parameters, ChecksumAlgorithm: "CRC32" })
      )
      const Parts = await Promise.all(
        Array.from({ length: Math.ceil(Body.length / partSize) }, async (_, index) => {
          const part = { Bucket: bucket, Key, UploadId, PartNumber: index + 1 }
          const bytes = Body.subarray(index * partSize, (index + 1) * partSize)
          const { ChecksumCRC32, ETag } = await client.send(new UploadPartCommand({ ...part, Body: bytes }))
          return { ChecksumCRC32, ETag, PartNumber: index + 1 }
        })
      )
      await client.send(
        new CompleteMultipartUploadCommand({ Bucket: bucket, Key, UploadId, MultipartUpload: { Parts } })
      )
    },
    delete: async (Key) => {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
    },
    find: found,
    keys: async () => {
      const keys: Array<string> = []
      let token: string | undefined
      do {
        const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }))
        for (const { Key } of page.Contents ?? []) keys.push(Key!)
        token = page.NextContinuationToken
      } while (token !== undefined)
      return keys
    },
    begin: async (Key) => {
      await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }))
    },
    unfinished: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      return Promise.all(Uploads.map(async ({ Key, UploadId }) => ({
        key: Key!,
        uploadId: UploadId!,
        parts: (await partNumbers(Key!, UploadId!)).length
      })))
    },
    partNumbers: ({ key, uploadId }) => partNumbers(key, uploadId),
    putPart: async ({ key: Key, uploadId: UploadId }, PartNumber, Body) => {
      await client.send(new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber, Body }))
    },
    abort: async ({ key, uploadId }) => {
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }))
    },
    close: async () => {
      client.destroy()
      await Effect.runPromise(Scope.close(scope, Exit.void))
    }
  }
}
