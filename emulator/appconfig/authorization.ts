/** In-memory AppConfig: the permissions that calls need. A call needs one for each of the resources that it names. */
import type * as sdk from "@aws-sdk/client-appconfig"
import type { Authorization } from "../engine/authorization.ts"
import { needs, requestTags } from "../support/needs.ts"
import { values } from "../support/needsOfState.ts"
import type { State } from "./state.ts"

const application = "application/{ApplicationId}"
const environment = `${application}/environment/{EnvironmentId}`
const deployment = `${environment}/deployment/{DeploymentNumber}`
const profile = `${application}/configurationprofile/{ConfigurationProfileId}`
const strategy = "deploymentstrategy/{DeploymentStrategyId}"

const inProfile = [application, profile]
const inEnvironment = [application, environment]

const tagKeys = ({ Tags = {} }: { readonly Tags?: Record<string, string> | undefined }) =>
  requestTags(Object.entries(Tags))

const passRole = (role: string) => ({
  action: "iam:PassRole",
  on: `{${role}}`,
  keys: () => ({ "iam:passedtoservice": ["appconfig.amazonaws.com"] })
})

const monitorRoles = {
  ...passRole("Monitors.AlarmRoleArn"),
  when: ({ Monitors = [] }: { readonly Monitors?: ReadonlyArray<sdk.Monitor> | undefined }) =>
    Monitors.some(({ AlarmRoleArn }) => AlarmRoleArn !== undefined)
}

const retrievalRole = {
  ...passRole("RetrievalRoleArn"),
  when: (input: { readonly RetrievalRoleArn?: string | undefined }) => input.RetrievalRoleArn !== undefined
}

const table = needs<typeof sdk>()("appconfig", {
  CreateApplication: { keys: tagKeys },
  DeleteApplication: application,
  GetApplication: application,
  ListApplications: "*",
  UpdateApplication: application,

  CreateEnvironment: [{ on: application, keys: tagKeys }, monitorRoles],
  DeleteEnvironment: inEnvironment,
  GetEnvironment: inEnvironment,
  ListEnvironments: application,
  UpdateEnvironment: [...inEnvironment, monitorRoles],

  CreateConfigurationProfile: [{ on: application, keys: tagKeys }, retrievalRole],
  DeleteConfigurationProfile: inProfile,
  GetConfigurationProfile: inProfile,
  ListConfigurationProfiles: application,
  UpdateConfigurationProfile: [...inProfile, retrievalRole],
  ValidateConfiguration: inProfile,

  CreateHostedConfigurationVersion: inProfile,
  DeleteHostedConfigurationVersion: inProfile,
  GetHostedConfigurationVersion: inProfile,
  ListHostedConfigurationVersions: inProfile,

  CreateDeploymentStrategy: { keys: tagKeys },
  DeleteDeploymentStrategy: strategy,
  GetDeploymentStrategy: strategy,
  ListDeploymentStrategies: "*",
  UpdateDeploymentStrategy: strategy,

  GetDeployment: [...inEnvironment, deployment],
  ListDeployments: inEnvironment,
  StartDeployment: [application, environment, profile, strategy].map((on) => ({ on, keys: tagKeys })),
  StopDeployment: [...inEnvironment, deployment],

  ListTagsForResource: "{ResourceArn}",
  TagResource: { on: "{ResourceArn}", keys: tagKeys },
  UntagResource: { on: "{ResourceArn}", keys: ({ TagKeys }) => values({ "aws:tagkeys": TagKeys }) }
})

export const authorization: Authorization<State> = {
  ...table,
  tagsOf: (arn, { tags }) => {
    const found = tags.get(arn)
    return found === undefined ? undefined : Object.fromEntries(found.map(({ key, value }) => [key, value]))
  }
}
