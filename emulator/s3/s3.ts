/**
 * In-memory S3: buckets, objects with versions, multipart uploads, locks, and who may read them.
 *
 * All accounts of a partition share one namespace of bucket names. A bucket belongs to the account and the region that created
 * it. Others have access by its policy or its ACLs.
 */
import type * as sdk from "@aws-sdk/client-s3"
import { service } from "../engine/service.ts"
import { archiveHandlers } from "./archive.ts"
import { attributeHandlers } from "./attributes.ts"
import { bucketHandlers } from "./buckets.ts"
import { configurationHandlers } from "./configuration.ts"
import { copyHandlers } from "./copies.ts"
import { deleteHandlers } from "./deletes.ts"
import { encryptionHandlers } from "./encryption.ts"
import { listHandlers } from "./lists.ts"
import { lockHandlers } from "./locks.ts"
import { metricsHandlers } from "./metrics.ts"
import { multipartHandlers } from "./multipart.ts"
import { multipartListHandlers } from "./multipartLists.ts"
import { objectHandlers } from "./objects.ts"
import { permissionHandlers } from "./permissions.ts"
import type { State } from "./state.ts"
import { tagHandlers } from "./tags.ts"
import { withoutEffect } from "./withoutEffect.ts"

export const s3 = service<typeof sdk>()({
  serviceId: "S3",
  namespace: "com.amazonaws.s3",
  scope: "global",
  unsigned: "all",
  state: (): State => ({ buckets: new Map(), kmsKeys: new Map(), sequence: 0 }),
  handlers: {
    ...archiveHandlers,
    ...attributeHandlers,
    ...bucketHandlers,
    ...configurationHandlers,
    ...copyHandlers,
    ...deleteHandlers,
    ...encryptionHandlers,
    ...listHandlers,
    ...lockHandlers,
    ...metricsHandlers,
    ...multipartHandlers,
    ...multipartListHandlers,
    ...objectHandlers,
    ...permissionHandlers,
    ...tagHandlers
  },
  withoutEffect
})
