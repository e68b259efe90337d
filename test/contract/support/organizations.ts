// Organizations for the contract suite.
import {
  CreateAccountCommand,
  type CreateAccountCommandInput,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  type CreateOrganizationCommandInput,
  DescribeAccountCommand,
  DescribeCreateAccountStatusCommand,
  MoveAccountCommand
} from "@aws-sdk/client-organizations"
import { Effect, Layer } from "effect"
import { AssumeRole, Polling } from "effect-aws-sdk"
import * as Organizations from "effect-aws-sdk/Organizations"
import { often, waited } from "./waits.ts"

/** Creates an organization whose management account is the caller's, and returns the id of its root. */
export const createOrganization = (input: CreateOrganizationCommandInput = {}) =>
  Effect.andThen(Organizations.send(new CreateOrganizationCommand(input)), Organizations.rootId)

/** Waits until AWS has created an account, or failed to. */
export const created = (CreateAccountRequestId: string) =>
  waited(Polling.waitUntil(
    Effect.map(
      Organizations.send(new DescribeCreateAccountStatusCommand({ CreateAccountRequestId })),
      ({ CreateAccountStatus }) => CreateAccountStatus!
    ),
    { until: ({ State }) => State !== "IN_PROGRESS", waitingFor: "the account", ...often }
  ))

export const requestAccount = (name: string, input: Partial<CreateAccountCommandInput> = {}) =>
  Effect.map(
    Organizations.send(new CreateAccountCommand({ AccountName: name, Email: `${name}@example.com`, ...input })),
    ({ CreateAccountStatus }) => CreateAccountStatus!
  )

/** Creates an account, and returns its id. */
export const createAccount = (...request: Parameters<typeof requestAccount>) =>
  requestAccount(...request).pipe(
    Effect.flatMap(({ Id = "" }) => created(Id)),
    Effect.map(({ AccountId = "" }) => AccountId)
  )

export const createUnit = (ParentId: string, Name: string) =>
  Effect.map(
    Organizations.send(new CreateOrganizationalUnitCommand({ ParentId, Name })),
    ({ OrganizationalUnit }) => OrganizationalUnit!.Id!
  )

export const move = (AccountId: string, SourceParentId: string, DestinationParentId: string) =>
  Organizations.send(new MoveAccountCommand({ AccountId, SourceParentId, DestinationParentId }))

export const describeAccount = (AccountId: string) =>
  Effect.map(Organizations.send(new DescribeAccountCommand({ AccountId })), ({ Account }) => Account!)

export const roleOf = (account: string, role = "OrganizationAccountAccessRole") =>
  AssumeRole.layer({ roleArn: `arn:aws:iam::${account}:role/${role}`, sessionName: "contract" })

/** Runs an effect in another account. In the memory and on moto, any role of an account without roles can be assumed. */
export const inAccount = (account: string, role?: string) => Effect.provide(Layer.orDie(roleOf(account, role)))

/** An account that is in no organization. */
export const STRANGER = "210987654321"
export const asStranger = inAccount(STRANGER, "stranger")
