/** The commands of organizational units, and of the tree that they make. */
import type * as sdk from "@aws-sdk/client-organizations"
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { check, rules } from "./constraints.ts"
import * as Faults from "./faults.ts"
import { enter } from "./lifecycle.ts"
import { attachDefaults, detachAll } from "./policyDefaults.ts"
import * as Orgs from "./state.ts"

const MOST_UNITS = 2_000
const MOST_LEVELS = 5

const toSdk = (organization: Orgs.Organization, { id, name }: Orgs.Unit): sdk.OrganizationalUnit => ({
  Id: id,
  Arn: Orgs.arnOf(organization, "ou", id),
  Name: name,
  Path: Orgs.pathOf(organization, id)
})

const checkName = (organization: Orgs.Organization, parent: string, name: string): Effect.Effect<void, Fault> =>
  Orgs.unitsIn(organization, parent).some((unit) => unit.name === name)
    ? Effect.fail(Faults.duplicateUnit)
    : Effect.void

export const units: Orgs.OrganizationsHandlers = {
  CreateOrganizationalUnit: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, {
      ParentId: rules.parent,
      Name: { required: true, ...rules.name },
      Tags: rules.tags
    })
    const { Name: name, ParentId: parent } = checked
    const [organization] = yield* enter(state, context, "management")
    if (Orgs.containerOf(organization, parent) === undefined) return yield* Faults.noParent
    const tags = yield* Orgs.tags.add([], checked.Tags ?? [])
    yield* checkName(organization, parent, name)
    if (Orgs.depthOf(organization, parent) >= MOST_LEVELS) {
      return yield* Faults.violation(
        "OU_DEPTH_LIMIT_EXCEEDED",
        "You have exceeded the number of levels of organizational units."
      )
    }
    if (organization.units.size >= MOST_UNITS) {
      return yield* Faults.violation(
        "OU_NUMBER_LIMIT_EXCEEDED",
        "You have exceeded the number of organizational units."
      )
    }
    const unit: Orgs.Unit = {
      id: Orgs.newId(context, `ou-${organization.root.id.slice("r-".length)}-`, 8),
      order: organization.made++,
      name,
      parent,
      tags
    }
    organization.units.set(unit.id, unit)
    attachDefaults(organization, unit.id)
    return { OrganizationalUnit: toSdk(organization, unit) }
  }),

  DescribeOrganizationalUnit: Effect.fnUntraced(function*(input, state, context) {
    const { OrganizationalUnitId } = yield* check(input, { OrganizationalUnitId: rules.unit })
    const [organization] = yield* enter(state, context, "administrators")
    return { OrganizationalUnit: toSdk(organization, yield* Orgs.findUnit(organization, OrganizationalUnitId)) }
  }),

  UpdateOrganizationalUnit: Effect.fnUntraced(function*(input, state, context) {
    const { Name: name, OrganizationalUnitId } = yield* check(input, {
      OrganizationalUnitId: rules.unit,
      Name: rules.name
    })
    const [organization] = yield* enter(state, context, "management")
    const unit = yield* Orgs.findUnit(organization, OrganizationalUnitId)
    if (name !== undefined) {
      yield* checkName(organization, unit.parent, name)
      unit.name = name
    }
    return { OrganizationalUnit: toSdk(organization, unit) }
  }),

  DeleteOrganizationalUnit: Effect.fnUntraced(function*(input, state, context) {
    const { OrganizationalUnitId } = yield* check(input, { OrganizationalUnitId: rules.unit })
    const [organization] = yield* enter(state, context, "management")
    const { id } = yield* Orgs.findUnit(organization, OrganizationalUnitId)
    if (Orgs.unitsIn(organization, id).length + Orgs.accountsIn(organization, id).length > 0) {
      return yield* Faults.unitNotEmpty
    }
    organization.units.delete(id)
    detachAll(organization, id)
    return {}
  }),

  ListOrganizationalUnitsForParent: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, { ParentId: rules.parent, ...rules.page })
    const [organization] = yield* enter(state, context, "administrators")
    const { ParentId } = checked
    if (Orgs.containerOf(organization, ParentId) === undefined) return yield* Faults.noParent
    const [page, token] = yield* Orgs.page(context, Orgs.unitsIn(organization, ParentId), checked, Orgs.byOrder)
    return { OrganizationalUnits: page.map((unit) => toSdk(organization, unit)), NextToken: token }
  }),

  ListParents: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, { ChildId: rules.child, ...rules.page })
    const [{ accounts, root, units }] = yield* enter(state, context, "administrators")
    const { ChildId } = checked
    const child = units.get(ChildId) ?? accounts.get(ChildId)
    if (child === undefined) return yield* Faults.noChild
    const parent: sdk.Parent = {
      Id: child.parent,
      Type: child.parent === root.id ? "ROOT" : "ORGANIZATIONAL_UNIT"
    }
    const [page, token] = yield* Orgs.page(context, [parent], checked, ({ Id = "" }) => Id)
    return { Parents: [...page], NextToken: token }
  }),

  ListChildren: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, {
      ParentId: rules.parent,
      ChildType: { required: true, enum: ["ACCOUNT", "ORGANIZATIONAL_UNIT"] },
      ...rules.page
    })
    const [organization] = yield* enter(state, context, "administrators")
    const { ChildType, ParentId } = checked
    if (Orgs.containerOf(organization, ParentId) === undefined) return yield* Faults.noParent
    const children: ReadonlyArray<{ readonly id: string; readonly order: number }> = ChildType === "ACCOUNT"
      ? Orgs.accountsIn(organization, ParentId)
      : Orgs.unitsIn(organization, ParentId)
    const [page, token] = yield* Orgs.page(context, children, checked, Orgs.byOrder)
    return { Children: page.map(({ id }) => ({ Id: id, Type: ChildType })), NextToken: token }
  })
}
