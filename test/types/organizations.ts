// Checked by `tsc`: what the types of Organizations, and of its targets for a fleet, promise.
import { GetItemCommand } from "@aws-sdk/client-dynamodb"
import { CloseAccountCommand, ListAccountsCommand, type ListAccountsCommandOutput } from "@aws-sdk/client-organizations"
import type { Effect, Result } from "effect"
import type { Stream } from "effect"
import { type AwsClients, AwsError, Fleet, Sts } from "effect-aws-sdk"
import * as FleetOrganizations from "effect-aws-sdk/FleetOrganizations"
import * as Organizations from "effect-aws-sdk/Organizations"
import { expectTypeOf } from "vitest"

// A command fails with the codes that AWS documents for it.
const listed = Organizations.send(new ListAccountsCommand({}))
expectTypeOf<Effect.Success<typeof listed>>().toEqualTypeOf<ListAccountsCommandOutput>()
const reopened = AwsError.catchCode(
  Organizations.send(new CloseAccountCommand({ AccountId: "1" })),
  ["AccountAlreadyClosedException", "ConflictException"],
  () => listed
)
expectTypeOf<Effect.Services<typeof reopened>>().toEqualTypeOf<AwsClients>()
export const refused = [
  // @ts-expect-error: a command of another service.
  Organizations.send(new GetItemCommand({ TableName: "t", Key: {} }))
]

// A Stream fails with what a program acts on.
const accounts = Organizations.listAccounts()
expectTypeOf<Stream.Success<typeof accounts>>().toEqualTypeOf<Organizations.Account>()
expectTypeOf<Stream.Error<typeof accounts>>().toEqualTypeOf<
  Organizations.NotInOrganization | Organizations.OrganizationAccessDenied | AwsError
>()
expectTypeOf<Stream.Services<typeof accounts>>().toEqualTypeOf<AwsClients>()
expectTypeOf<Stream.Error<ReturnType<typeof Organizations.listAccountsOf>>>().toEqualTypeOf<
  Organizations.OrganizationError | Organizations.ParentDoesNotExist
>()

// The targets fit a fleet, whose outcomes have their names.
const targets = FleetOrganizations.targets()
expectTypeOf<Stream.Success<typeof targets>>().toExtend<Fleet.Target>()
const outcomes = Fleet.forEach(targets, Sts.environment)
type Outcome = Stream.Success<typeof outcomes>
expectTypeOf<Outcome["target"]["name"]>().toEqualTypeOf<string>()
expectTypeOf<Outcome["result"]>().toExtend<Result.Result<Sts.AwsEnvironment, unknown>>()
expectTypeOf<Stream.Error<typeof outcomes>>().toEqualTypeOf<FleetOrganizations.TargetsError>()
expectTypeOf<Stream.Services<typeof outcomes>>().toEqualTypeOf<AwsClients | Fleet.Fleet>()

// The role of a fleet.
expectTypeOf<Effect.Success<ReturnType<typeof FleetOrganizations.memberRole>>>().toExtend<Fleet.RolePattern>()
