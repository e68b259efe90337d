// The commands that list.
import { ListBucketsCommand } from "@aws-sdk/client-s3"
import { Effect, Stream } from "effect"
import * as S3 from "effect-aws-sdk/S3"
import type * as Address from "./Address.ts"
import { Screen } from "./Screen.ts"
import * as Text from "./Text.ts"

/** `2026-11-25 07:30  27.1 MiB  videos/launch.mp4` */
const line = (date: Date | undefined, size: string, name: string) =>
  `${date?.toISOString().slice(0, 16).replace("T", " ") ?? " ".repeat(16)}  ${size.padStart(10)}  ${
    Text.printable(name)
  }`

const buckets = S3.items(new ListBucketsCommand({}), (page) => page.Buckets).pipe(
  Stream.map(({ CreationDate, Name = "" }) => line(CreationDate, "", `s3://${Name}`))
)

const objects = ({ bucket, key: prefix }: Address.Address, recursive: boolean) =>
  recursive
    ? Stream.map(S3.listObjects(bucket, { prefix }), ({ key, lastModified, size }) =>
      line(lastModified, Text.size(size), key))
    : Stream.map(S3.listObjects(bucket, { prefix, delimiter: "/" }), (entry) =>
      entry._tag === "S3Prefix"
        ? line(undefined, "", entry.prefix)
        : line(entry.lastModified, Text.size(entry.size), entry.key))

/** The buckets, or what is under an address. Each line is written as soon as its page is there. */
export const ls = Effect.fn("ls")(function*(from: Address.Address | undefined, recursive: boolean) {
  const { print } = yield* Screen
  const lines = from === undefined ? buckets : objects(from, recursive)
  yield* Stream.runForEach(lines, print)
})
