/** The permissions that calls to ECS need. */
import type * as sdk from "@aws-sdk/client-ecs"
import type { Authorization, ConditionValues, Need, Place } from "../engine/authorization.ts"
import { nameIn } from "../support/arn.ts"
import { given, needs, requestTags } from "../support/needs.ts"
import { findDefinition } from "./definitions.ts"
import type { State } from "./state.ts"
import { taggedBy } from "./tagged.ts"

const arnOf = ({ account, partition, region }: Place, resource: string): string =>
  `arn:${partition}:ecs:${region}:${account}:${resource}`

const named = (place: Place, kind: string, name: string): string =>
  name.startsWith("arn:") ? name : arnOf(place, `${kind}/${name}`)

interface InCluster {
  readonly cluster?: string | undefined
}

const clusterKey = ({ cluster = "default" }: InCluster, place: Place): ConditionValues => ({
  "ecs:cluster": [named(place, "cluster", cluster)]
})

const executeKeys = (input: sdk.ExecuteCommandCommandInput, place: Place): ConditionValues => ({
  ...clusterKey(input, place),
  ...given({
    "ecs:container-name": input.container,
    "ecs:task": input.task && named(place, `task/${nameIn(input.cluster ?? "default")}`, input.task)
  })
})

type Tags = ReadonlyArray<sdk.Tag> | undefined

const tagKeys = (tags: Tags): ConditionValues => requestTags((tags ?? []).map(({ key, value }) => [key, value]))

/** Tagging what a call creates. */
const tagsNew = (action: string, on: string) => ({
  action: "TagResource",
  on,
  keys: ({ tags }: { readonly tags?: Tags }): ConditionValues => ({ ...tagKeys(tags), "ecs:createaction": [action] }),
  when: ({ tags = [] }: { readonly tags?: Tags }) => tags.length > 0
})

const providerKey = (strategy: ReadonlyArray<sdk.CapacityProviderStrategyItem> | undefined, place: Place) =>
  given({
    "ecs:capacity-provider": strategy?.map(({ capacityProvider }) =>
      capacityProvider && named(place, "capacity-provider", capacityProvider)
    )
  })

/** Passing roles to tasks. A role may be only named. */
const passes = (
  roles: ReadonlyArray<string | undefined>,
  { account, partition }: Place,
  service = "ecs-tasks.amazonaws.com"
): ReadonlyArray<Need> =>
  [...new Set(roles.flatMap((role) => role ?? []))].map((role) => ({
    action: "iam:PassRole",
    resource: role.startsWith("arn:") ? role : `arn:${partition}:iam::${account}:role/${role.replace(/^\//, "")}`,
    keys: { "iam:passedtoservice": [service] }
  }))

/** The ARN of a task definition that a request names, with the revision that it means. */
const definitionArn = (reference: string, place: Place, state: State | undefined): string =>
  (state && findDefinition(state, reference))?.taskDefinitionArn ??
    named(place, "task-definition", reference.includes(":") ? reference : `${reference}:*`)

type Run = sdk.RunTaskCommandInput | sdk.StartTaskCommandInput

const runs = (operation: "RunTask" | "StartTask") => (input: Run, place: Place, state?: State): ReadonlyArray<Need> => {
  const { overrides, taskDefinition = "", volumeConfigurations = [] } = input
  const definition = state && findDefinition(state, taskDefinition)
  const instances = "containerInstances" in input ? input.containerInstances ?? [] : []
  const cluster = nameIn(input.cluster ?? "default")
  const keys = {
    ...tagKeys(input.tags),
    ...clusterKey(input, place),
    ...("capacityProviderStrategy" in input && providerKey(input.capacityProviderStrategy, place)),
    ...given({
      "ecs:container-instances": instances.map((one) => named(place, `container-instance/${cluster}`, one)),
      "ecs:enable-ebs-volumes": volumeConfigurations.some(({ managedEBSVolume }) => managedEBSVolume !== undefined),
      "ecs:enable-execute-command": input.enableExecuteCommand ?? false
    })
  }
  return [
    { action: `ecs:${operation}`, resource: definitionArn(taskDefinition, place, state), keys },
    ...((input.tags ?? []).length > 0
      ? [{
        action: "ecs:TagResource",
        resource: arnOf(place, `task/${cluster}/*`),
        keys: { ...tagKeys(input.tags), "ecs:createaction": [operation] }
      }]
      : []),
    ...passes([
      overrides?.taskRoleArn ?? definition?.taskRoleArn,
      overrides?.executionRoleArn ?? definition?.executionRoleArn
    ], place)
  ]
}

const serviceKeys = (
  input: sdk.CreateServiceCommandInput | sdk.UpdateServiceCommandInput,
  place: Place,
  state?: State
): ConditionValues => {
  const { networkConfiguration, serviceConnectConfiguration, taskDefinition } = input
  const network = networkConfiguration?.awsvpcConfiguration
  const definition = state && taskDefinition && findDefinition(state, taskDefinition) || undefined
  return {
    ...clusterKey(input, place),
    ...providerKey(input.capacityProviderStrategy, place),
    ...given({
      "ecs:auto-assign-public-ip": network?.assignPublicIp,
      "ecs:enable-ebs-volumes": input.volumeConfigurations?.some(({ managedEBSVolume }) =>
        managedEBSVolume !== undefined
      ),
      "ecs:enable-ecs-managed-tags": input.enableECSManagedTags,
      "ecs:enable-execute-command": input.enableExecuteCommand,
      "ecs:enable-service-connect": serviceConnectConfiguration?.enabled,
      "ecs:enable-vpc-lattice": input.vpcLatticeConfigurations && input.vpcLatticeConfigurations.length > 0,
      "ecs:namespace": serviceConnectConfiguration?.namespace,
      "ecs:propagate-tags": input.propagateTags,
      "ecs:subnet": network?.subnets,
      "ecs:task-cpu": definition?.cpu,
      "ecs:task-definition": taskDefinition && definitionArn(taskDefinition, place, state),
      "ecs:task-memory": definition?.memory
    })
  }
}

const registers = (input: sdk.RegisterTaskDefinitionCommandInput, place: Place): ReadonlyArray<Need> => {
  const resource = arnOf(place, `task-definition/${input.family}:*`)
  const tags = tagKeys(input.tags)
  return [
    {
      action: "ecs:RegisterTaskDefinition",
      resource,
      keys: {
        ...tags,
        ...given({
          "ecs:compute-compatibility": input.requiresCompatibilities,
          "ecs:privileged": (input.containerDefinitions ?? []).some(({ privileged }) => privileged === true),
          "ecs:task-cpu": input.cpu,
          "ecs:task-memory": input.memory
        })
      }
    },
    ...((input.tags ?? []).length > 0
      ? [{ action: "ecs:TagResource", resource, keys: { ...tags, "ecs:createaction": ["RegisterTaskDefinition"] } }]
      : []),
    ...passes([input.taskRoleArn, input.executionRoleArn], place)
  ]
}

const cluster = "cluster/{cluster=default}"
const settingKey = ({ name }: { readonly name?: string | undefined }) => given({ "ecs:account-setting": name })

export const authorization: Authorization<State> = {
  ...needs<typeof sdk, State>()("ecs", {
    CreateCapacityProvider: [
      { on: "capacity-provider/{name}", keys: ({ tags }) => tagKeys(tags) },
      tagsNew("CreateCapacityProvider", "capacity-provider/{name}")
    ],
    CreateCluster: [
      {
        on: "cluster/{clusterName=default}",
        keys: ({ capacityProviders, configuration, tags }, place) => ({
          ...tagKeys(tags),
          ...given({
            "ecs:capacity-provider": capacityProviders?.map((name) => named(place, "capacity-provider", name)),
            "ecs:fargate-ephemeral-storage-kms-key": configuration?.managedStorageConfiguration
              ?.fargateEphemeralStorageKmsKeyId
          })
        })
      },
      tagsNew("CreateCluster", "cluster/{clusterName=default}")
    ],
    CreateService: (input, place, state) => {
      const resource = arnOf(place, `service/${nameIn(input.cluster ?? "default")}/${input.serviceName}`)
      const tags = tagKeys(input.tags)
      return [
        { action: "ecs:CreateService", resource, keys: { ...serviceKeys(input, place, state), ...tags } },
        ...((input.tags ?? []).length > 0
          ? [{ action: "ecs:TagResource", resource, keys: { ...tags, "ecs:createaction": ["CreateService"] } }]
          : []),
        // The role with which the service registers its tasks at a load balancer. Those of tasks are passed with their definition.
        ...passes([input.role], place, "ecs.amazonaws.com")
      ]
    },
    DeleteAccountSetting: { keys: settingKey },
    DeleteCapacityProvider: "capacity-provider/{capacityProvider}",
    DeleteCluster: cluster,
    DeleteService: { on: "service/{cluster=default}/{service}", keys: clusterKey },
    DeleteTaskDefinitions: "task-definition/{taskDefinitions}",
    DeregisterContainerInstance: cluster,
    DeregisterTaskDefinition: {},
    DescribeCapacityProviders: "capacity-provider/{capacityProviders=*}",
    DescribeClusters: "cluster/{clusters=default}",
    DescribeContainerInstances: { on: "container-instance/{cluster=default}/{containerInstances}", keys: clusterKey },
    DescribeServices: { on: "service/{cluster=default}/{services}", keys: clusterKey },
    DescribeTaskDefinition: {},
    DescribeTasks: { on: "task/{cluster=default}/{tasks}", keys: clusterKey },
    ExecuteCommand: [
      { on: cluster, keys: executeKeys },
      { on: "task/{cluster=default}/{task}", keys: executeKeys }
    ],
    ListAccountSettings: {},
    ListClusters: {},
    ListContainerInstances: cluster,
    ListServices: { keys: clusterKey },
    ListTagsForResource: "{resourceArn}",
    ListTaskDefinitionFamilies: {},
    ListTaskDefinitions: {},
    ListTasks: { on: "container-instance/{cluster=default}/{containerInstance=*}", keys: clusterKey },
    PutAccountSetting: { keys: settingKey },
    PutAccountSettingDefault: { keys: settingKey },
    PutClusterCapacityProviders: {
      on: cluster,
      keys: ({ capacityProviders }, place) =>
        given({ "ecs:capacity-provider": capacityProviders?.map((name) => named(place, "capacity-provider", name)) })
    },
    RegisterContainerInstance: [
      { on: cluster, keys: ({ tags }) => tagKeys(tags) },
      tagsNew("RegisterContainerInstance", "container-instance/{cluster=default}/*")
    ],
    RegisterTaskDefinition: registers,
    RunTask: runs("RunTask"),
    StartTask: runs("StartTask"),
    StopTask: { on: "task/{cluster=default}/{task}", keys: clusterKey },
    TagResource: { on: "{resourceArn}", keys: ({ tags }) => tagKeys(tags) },
    UntagResource: { on: "{resourceArn}", keys: ({ tagKeys }) => given({ "aws:tagkeys": tagKeys }) },
    UpdateCapacityProvider: "capacity-provider/{name}",
    UpdateCluster: {
      on: cluster,
      keys: ({ configuration }) =>
        given({
          "ecs:fargate-ephemeral-storage-kms-key": configuration?.managedStorageConfiguration
            ?.fargateEphemeralStorageKmsKeyId
        })
    },
    UpdateClusterSettings: cluster,
    UpdateContainerInstancesState: {
      on: "container-instance/{cluster=default}/{containerInstances}",
      keys: clusterKey
    },
    UpdateService: { on: "service/{cluster=default}/{service}", keys: serviceKeys }
  }),
  tagsOf: (arn, state) => {
    const tags = taggedBy(arn, state)?.tags ?? state.tags.get(arn)
    return tags && Object.fromEntries(tags.map(({ key = "", value = "" }) => [key, value]))
  }
}
