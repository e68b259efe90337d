// Written by `npm run waiters` from botocore's data. Don't edit it.
import * as sdk from "@aws-sdk/client-s3"
import type { Commands, Tables, WaitersOf } from "../../../src/internal/waiterTables.ts"

/** What S3 can wait for: the command of each waiter, and what the wait returns. */
export type S3Waiters = WaitersOf<typeof sdk, {
  BucketExists: ["HeadBucketCommand", "either"]
  BucketNotExists: ["HeadBucketCommand", "nothing"]
  ObjectExists: ["HeadObjectCommand", "output"]
  ObjectNotExists: ["HeadObjectCommand", "nothing"]
}>

export const waiters: Tables = {
  BucketExists: {
    command: (sdk as Commands).HeadBucketCommand,
    delay: "5 seconds",
    attempts: 20,
    names: ["Bucket"],
    acceptors: [
      { state: "success", status: 200 },
      { state: "success", status: 301 },
      { state: "success", status: 403 },
      { state: "retry", status: 404 }
    ]
  },
  BucketNotExists: {
    command: (sdk as Commands).HeadBucketCommand,
    delay: "5 seconds",
    attempts: 20,
    names: ["Bucket"],
    acceptors: [
      { state: "success", status: 404 }
    ]
  },
  ObjectExists: {
    command: (sdk as Commands).HeadObjectCommand,
    delay: "5 seconds",
    attempts: 20,
    names: ["Bucket", "Key", "VersionId"],
    acceptors: [
      { state: "success", status: 200 },
      { state: "retry", status: 404 }
    ]
  },
  ObjectNotExists: {
    command: (sdk as Commands).HeadObjectCommand,
    delay: "5 seconds",
    attempts: 20,
    names: ["Bucket", "Key", "VersionId"],
    acceptors: [
      { state: "success", status: 404 }
    ]
  }
}
