/**
 * Deployments of Amazon ECS.
 *
 * @since 0.1.0
 */
import { ECSClient } from "@aws-sdk/client-ecs"
import type { EcsCodes } from "../errors/codes/Ecs.ts"
import * as AwsService from "../src/AwsService.ts"

const service = AwsService.make<ECSClient, EcsCodes>(ECSClient)

/**
 * Sends any command of Ecs.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of Ecs that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of Ecs that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items
