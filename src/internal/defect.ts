/**
 * A mistake in the program, not a failure of AWS: `send` dies of it. It crosses the SDK's pipeline as a rejection like
 * any other, so it is told apart by its class.
 */
export class Defect extends Error {
  override readonly name = "Defect"
}
