// What the command line accepts.
import { type Layer, Option } from "effect"
import type { AwsClients } from "effect-aws-sdk/AwsClients"
import { Argument, Command, Flag } from "effect/cli"
import * as Address from "./Address.ts"
import type { Choice } from "./Clients.ts"
import * as Directories from "./Directories.ts"
import * as Lists from "./Lists.ts"
import * as Objects from "./Objects.ts"

const optional = {
  text: (name: string, description: string) =>
    Flag.String(name).pipe(Flag.withDescription(description), Flag.optional, Flag.map(Option.getOrUndefined)),
  flag: (name: string, description: string) =>
    Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))
}

const argument = (name: string, description: string) =>
  Argument.String(name).pipe(Argument.withDescription(description))

const address = (name: string, description = "s3://BUCKET/KEY") =>
  argument(name, description).pipe(Argument.filterMap(Address.parse, () => "s3://BUCKET/KEY"))

const object = (name: string) =>
  argument(name, "s3://BUCKET/KEY").pipe(Argument.filterMap(Address.parseObject, () => "s3://BUCKET/KEY"))

const place = (name: string) =>
  argument(name, "A directory, or s3://BUCKET/PREFIX").pipe(
    Argument.filterMap(Address.parsePlace, () => "a directory, or s3://BUCKET/PREFIX")
  )

const up = Command.make("up", {
  from: argument("from", "A file, a directory, or - for the standard input"),
  to: address("to", "s3://BUCKET/KEY; after a / at the end, the file keeps its name"),
  contentType: optional.text("content-type", "The media type; by default from the file's name"),
  cacheControl: optional.text("cache-control", "How long caches may keep the object, such as max-age=300"),
  ifAbsent: optional.flag("if-absent", "Upload only if there is no such object"),
  resume: optional.flag("resume", "Keep what has arrived if it fails, and go on from there")
}, Objects.up).pipe(Command.withDescription("Upload a file, a directory or the standard input"))

const down = Command.make("down", {
  from: address("from", "s3://BUCKET/KEY, or s3://BUCKET/PREFIX/ for a directory"),
  to: argument("to", "A file, a directory, or - for the standard output").pipe(Argument.withDefault(".")),
  overwrite: optional.flag("overwrite", "Replace files that exist"),
  resume: optional.flag("resume", "Keep what has arrived if it fails, and go on from there")
}, Objects.down).pipe(Command.withDescription("Download an object or a directory"))

const sync = Command.make("sync", {
  from: place("from"),
  to: place("to"),
  delete: optional.flag("delete", "Delete what is only in the target"),
  dryRun: optional.flag("dry-run", "Only say what would be done"),
  compare: Flag.Literals("compare", ["size-and-time", "size", "checksum"]).pipe(
    Flag.withDescription("What tells whether a file differs"),
    Flag.withDefault("size-and-time")
  )
}, Directories.sync).pipe(Command.withDescription("Transfer what differs"))

const ls = Command.make("ls", {
  from: address("address").pipe(Argument.optional),
  recursive: optional.flag("recursive", "Everything below, too")
}, ({ from, recursive }) => Lists.ls(Option.getOrUndefined(from), recursive)).pipe(
  Command.withDescription("List the buckets, or what is under an address")
)

const cp = Command.make("cp", {
  from: object("from"),
  to: address("to")
}, ({ from, to }) => Objects.cp(from, to)).pipe(Command.withDescription("Copy an object within S3"))

const rm = Command.make("rm", {
  address: address("address"),
  recursive: optional.flag("recursive", "All objects whose key starts like this")
}, ({ address, recursive }) => Objects.rm(address, recursive)).pipe(Command.withDescription("Delete objects"))

const mb = Command.make("mb", { address: address("address") }, ({ address }) => Objects.mb(address)).pipe(
  Command.withDescription("Create a bucket")
)

const presign = Command.make("presign", {
  address: object("address"),
  put: optional.flag("put", "For an upload instead of a download"),
  expires: Flag.Int("expires").pipe(
    Flag.withDescription("For how many seconds; 900 by default"),
    Flag.withDefault(900)
  )
}, ({ address, expires, put }) => Objects.presign(address, { put, expiresIn: expires * 1000 })).pipe(
  Command.withDescription("Make a URL that works without credentials")
)

/** The whole program. `clients` says which AWS it talks to. */
export const command = <E, R>(clients: (choice: Choice) => Layer.Layer<AwsClients, E, R>) =>
  Command.make("s3").pipe(
    Command.withSharedFlags({
      profile: optional.text("profile", "The profile in ~/.aws"),
      region: optional.text("region", "The AWS region"),
      endpoint: optional.text("endpoint", "Another AWS than the real one, such as http://127.0.0.1:4566"),
      demo: optional.flag("demo", "An AWS in memory with some content, gone when the program ends")
    }),
    Command.withDescription("Objects in Amazon S3"),
    Command.withSubcommands([up, down, sync, ls, cp, rm, mb, presign]),
    Command.provide((choice) => clients(choice))
  )
