/**
 * In-memory S3: buckets, objects with versions, multipart uploads, locks, and who may read them.
 *
 * All accounts of a partition share one namespace of bucket names. A bucket belongs to the account and the region that created
 * it. Others have access by its policy or its ACLs.
 */
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { type Handler, type Handlers, service } from "../engine/service.ts"
import { isChargedTo, placeOf } from "./access.ts"
import { archiveHandlers } from "./archive.ts"
import { attributeHandlers } from "./attributes.ts"
import { bucketHandlers } from "./buckets.ts"
import { configurationHandlers } from "./configuration.ts"
import { copyHandlers } from "./copies.ts"
import { corsHandlers } from "./cors.ts"
import { deleteHandlers } from "./deletes.ts"
import { encryptionHandlers } from "./encryption.ts"
import { lifecycleHandlers } from "./lifecycle.ts"
import { listHandlers } from "./lists.ts"
import { lockHandlers } from "./locks.ts"
import { loggingHandlers } from "./logging.ts"
import { multipartHandlers } from "./multipart.ts"
import { multipartListHandlers } from "./multipartLists.ts"
import { namedConfigurationHandlers } from "./namedConfigurations.ts"
import { notificationHandlers } from "./notifications.ts"
import { objectHandlers } from "./objects.ts"
import { permissionHandlers } from "./permissions.ts"
import type { State } from "./state.ts"
import { tagHandlers } from "./tags.ts"
import { wake } from "./wake.ts"
import { websiteHandlers } from "./website.ts"
import { withoutEffect } from "./withoutEffect.ts"

/** The operations whose answers tell a requester that it pays. */
const charging: ReadonlyArray<keyof Handlers<typeof sdk, State>> = [
  "AbortMultipartUpload",
  "CompleteMultipartUpload",
  "CopyObject",
  "CreateMultipartUpload",
  "DeleteObject",
  "DeleteObjects",
  "GetBucketAccelerateConfiguration",
  "GetObject",
  "GetObjectAcl",
  "GetObjectAttributes",
  "HeadObject",
  "ListMultipartUploads",
  "ListObjects",
  "ListObjectsV2",
  "ListObjectVersions",
  "ListParts",
  "PutObject",
  "PutObjectAcl",
  "PutObjectLegalHold",
  "PutObjectLockConfiguration",
  "PutObjectRetention",
  "RestoreObject",
  "UploadPart",
  "UploadPartCopy"
]

/** Says in the answers of a requester-pays bucket that the requester was charged. */
const charged = (handlers: Handlers<typeof sdk, State>): Handlers<typeof sdk, State> => ({
  ...handlers,
  ...Object.fromEntries(charging.map((operation) => {
    const handler = handlers[operation] as Handler<{ readonly Bucket: string }, object, State>
    const pays: typeof handler = (input, state, context) =>
      Effect.map(handler(input, state, context), (output) => {
        const bucket = state.buckets.get(placeOf(input.Bucket, context))
        return bucket !== undefined && isChargedTo(context, bucket)
          ? { ...output, RequestCharged: "requester" }
          : output
      })
    return [operation, pays]
  }))
})

export const s3 = service<typeof sdk>()({
  serviceId: "S3",
  namespace: "com.amazonaws.s3",
  scope: "global",
  unsigned: "all",
  state: (): State => ({ buckets: new Map(), kmsKeys: new Map(), sequence: 0 }),
  handlers: charged({
    ...archiveHandlers,
    ...attributeHandlers,
    ...bucketHandlers,
    ...configurationHandlers,
    ...copyHandlers,
    ...corsHandlers,
    ...deleteHandlers,
    ...encryptionHandlers,
    ...lifecycleHandlers,
    ...listHandlers,
    ...lockHandlers,
    ...loggingHandlers,
    ...multipartHandlers,
    ...multipartListHandlers,
    ...namedConfigurationHandlers,
    ...notificationHandlers,
    ...objectHandlers,
    ...permissionHandlers,
    ...tagHandlers,
    ...websiteHandlers
  }),
  withoutEffect,
  wake
})
